# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
# What `cmake --install` puts where, and what other projects get from find_package(gbid).
include(CMakePackageConfigHelpers)

set(gbid_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gbid)
set(gbid_data_dir ${CMAKE_INSTALL_DATADIR}/gbid)
set(gbid_floors engine agents scenarios analysis)

# The headers hold vector code and Eigen types: a program that includes them must see the same alignment, the same fused
# multiply-adds and no others, or one program would hold two meanings of one inline function, and even pass vectors
# in different registers. So the instruction sets that this build uses travel with the target, each by its own
# name: -march=native would mean something else on the consumer's machine. A build with -D GBID_NATIVE=OFF exports
# none and runs anywhere. Consumers that pass a wider -march of their own break this promise.
set(gbid_instruction_sets)
if(GBID_NATIVE)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -march=native -dM -E -x c++ /dev/null
                  OUTPUT_VARIABLE gbid_macros COMMAND_ERROR_IS_FATAL ANY)
  foreach(set IN ITEMS sse4.2 avx avx2 fma f16c avx512f avx512cd avx512dq avx512bw avx512vl)
    string(TOUPPER ${set} macro)
    string(REPLACE . _ macro ${macro})
    if(gbid_macros MATCHES "#define __${macro}__ ")
      list(APPEND gbid_instruction_sets -m${set})
    endif()
  endforeach()
  list(APPEND gbid_instruction_sets ${narrow_moves})
endif()
target_compile_options(gbid_engine INTERFACE "$<INSTALL_INTERFACE:-ffp-contract=off;${gbid_instruction_sets}>")
get_target_property(gbid_definitions gbid_flags INTERFACE_COMPILE_DEFINITIONS)
target_compile_definitions(gbid_engine INTERFACE "$<INSTALL_INTERFACE:${gbid_definitions}>")

# The program, the libraries and their headers.
list(TRANSFORM gbid_floors PREPEND gbid_ OUTPUT_VARIABLE gbid_libraries)
install(TARGETS gbid RUNTIME)
install(TARGETS ${gbid_libraries} EXPORT gbid ARCHIVE)
install(DIRECTORY ${gbid_floors} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gbid
        FILES_MATCHING PATTERN "*.hpp"
        PATTERN engine/cli EXCLUDE PATTERN engine/package EXCLUDE PATTERN analysis/gbid EXCLUDE)

# The scenario files with their data, the Python package, the licence.
install(DIRECTORY scenarios DESTINATION ${gbid_data_dir}
        FILES_MATCHING REGEX "\\.(toml|md|csv|npy|h5)$" PATTERN terms EXCLUDE)
install(DIRECTORY analysis/gbid DESTINATION ${gbid_data_dir}/python
        FILES_MATCHING PATTERN "*.py" PATTERN py.typed PATTERN "page/*" PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# find_package(gbid): the targets gbid::engine ... gbid::analysis.
install(EXPORT gbid NAMESPACE gbid:: FILE gbidTargets.cmake DESTINATION ${gbid_cmake_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/gbidConfig.cmake.in ${PROJECT_BINARY_DIR}/gbidConfig.cmake
  INSTALL_DESTINATION ${gbid_cmake_dir} PATH_VARS gbid_data_dir)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gbidConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gbidConfig.cmake ${PROJECT_BINARY_DIR}/gbidConfigVersion.cmake
        DESTINATION ${gbid_cmake_dir})
