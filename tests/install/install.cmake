# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
# Installs the build, moves the prefix away (an installation must not remember where it was made), and builds and runs
# a consumer that knows nothing but that prefix.
#   cmake -D BUILD=... -D SOURCE=... -D VERSION=... -D GENERATOR=... -D CXX=... -D TYPE=... -P install.cmake
set(scratch ${BUILD}/install_test)
file(REMOVE_RECURSE ${scratch})
file(MAKE_DIRECTORY ${scratch})
unset(ENV{DESTDIR})

function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# 1. Install and move.
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${scratch}/first)
file(RENAME ${scratch}/first ${scratch}/prefix)

# 2. What a user looks for is there; what is ours alone is not.
foreach(path IN ITEMS bin/gbid include/gbid/engine/core/error.hpp include/gbid/scenarios/loading/scenario.hpp
        include/gbid/analysis/report/report.hpp share/gbid/scenarios share/gbid/python/gbid/plot.py share/doc/gbid/LICENSE)
  if(NOT EXISTS ${scratch}/prefix/${path})
    message(FATAL_ERROR "${path} is not installed")
  endif()
endforeach()
file(GLOB_RECURSE installed RELATIVE ${scratch}/prefix ${scratch}/prefix/*)
list(FILTER installed INCLUDE REGEX "\\.cpp$|\\.pyc$|/cli/|/package/|/build/")
if(installed)
  message(FATAL_ERROR "installed by mistake: ${installed}")
endif()

# 3. No file for CMake knows the source, the build or the first prefix.
file(GLOB_RECURSE cmake_files ${scratch}/prefix/*.cmake)
foreach(file IN LISTS cmake_files)
  file(READ ${file} text)
  foreach(place IN ITEMS ${SOURCE} ${BUILD} ${scratch}/first)
    string(REGEX REPLACE "([][+.*()^$?|])" "\\\\\\1" pattern ${place})
    if(text MATCHES "(^|[^A-Za-z0-9_.}/-])${pattern}($|[^A-Za-z0-9_.-])")  # not the end of a longer path
      message(FATAL_ERROR "${file} mentions ${place}")
    endif()
  endforeach()
endforeach()

# 4. A program against it.
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${scratch}/consumer
    -D CMAKE_PREFIX_PATH=${scratch}/prefix -D CMAKE_CXX_COMPILER=${CXX} -D CMAKE_BUILD_TYPE=${TYPE})
run(${CMAKE_COMMAND} --build ${scratch}/consumer)
run(${scratch}/consumer/consumer)
if(NOT output MATCHES "^gbid ${VERSION}: [1-9][0-9]* regimes?, exp\\(0\\) = 1")
  message(FATAL_ERROR "the consumer printed: ${output}")
endif()
message(STATUS "${output}")
file(REMOVE_RECURSE ${scratch})
