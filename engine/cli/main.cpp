// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <cstdio>

#include "engine/core/version.hpp"

int main() { std::printf("gbid %s\n", gbid::version().data()); }
