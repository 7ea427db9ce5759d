// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

namespace gbid::cli {

/// A folder of data that is installed with the program or, in a checkout, lies beside the build:
/// "python" (the package's), "scenarios". Empty if it is not there.
std::string data_folder(const std::string& name);

/// Goes on as the Python package's command with these arguments: $GBID_PYTHON, or python3, in this
/// program's place. The package is that beside the program, as it is installed (../share/gbid/python)
/// or built (../../analysis); it finds this program as $GBID_PROGRAM.
/// @throws Error (unavailable) if there is no such package or no Python; else it does not return.
[[noreturn]] void become_python(const std::vector<std::string>& arguments);

}  // namespace gbid::cli
