// SPDX-License-Identifier: MIT
namespace gbid {}
