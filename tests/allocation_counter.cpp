// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Counts allocations by standing before the C library's own functions. operator new ends in malloc
// or aligned_alloc, operator delete in free.
#include "tests/allocation_counter.hpp"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

static std::atomic<std::int64_t> calls = 0, bytes = 0;

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* pointer, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* pointer);
}

static void* count(void* pointer) {
  calls.fetch_add(1, std::memory_order_relaxed);
  bytes.fetch_add(static_cast<std::int64_t>(malloc_usable_size(pointer)),
                  std::memory_order_relaxed);
  return pointer;
}
static void discount(void* pointer) {
  bytes.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(pointer)),
                  std::memory_order_relaxed);
}

extern "C" {
void* malloc(std::size_t size) { return count(__libc_malloc(size)); }
void* calloc(std::size_t number, std::size_t size) { return count(__libc_calloc(number, size)); }
void* realloc(void* pointer, std::size_t size) {
  discount(pointer);
  return count(__libc_realloc(pointer, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return count(__libc_memalign(alignment, size));
}
int posix_memalign(void** pointer, std::size_t alignment, std::size_t size) {
  *pointer = count(__libc_memalign(alignment, size));
  return *pointer == nullptr ? ENOMEM : 0;
}
void free(void* pointer) {
  discount(pointer);
  __libc_free(pointer);
}
}

std::int64_t gbid::test::allocation_count() { return calls.load(); }
std::int64_t gbid::test::allocated_bytes() { return bytes.load(); }

#else

std::int64_t gbid::test::allocation_count() { return -1; }
std::int64_t gbid::test::allocated_bytes() { return -1; }

#endif
