// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <zlib.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace gbid::test {

/// The content of an IDX file; lengths and data need not agree.
inline std::string idx_bytes(const std::vector<std::uint32_t>& lengths, const std::string& data,
                             char type = '\x08') {
  std::string bytes{'\0', '\0', type, static_cast<char>(lengths.size())};
  for (const std::uint32_t length : lengths)
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(length >> shift & 0xFF);
  return bytes + data;
}

/// The same bytes as gzip would write them.
inline std::string gzipped(const std::string& bytes) {
  constexpr int kGzip = 16, kMemory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip + MAX_WBITS, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("no memory for zlib");
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  std::string copy = bytes;  // zlib's pointers are not const
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("zlib did not finish");
  return packed;
}

}  // namespace gbid::test
