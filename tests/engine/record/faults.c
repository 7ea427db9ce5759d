// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Stands between the program and the system's calls on files (LD_PRELOAD), for calls on files below
// the folder GBID_FAULTS_FOLDER:
//   GBID_KILL_AT=K    at the K-th call that changes something on the disk the process kills itself:
//                     before the call, or after half of it if it is a write
//   GBID_TRACE=FILE   every such call is appended to FILE, in order, with what it wrote: see Call
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/// A line of the trace: this, the path, the data (the new path of a rename).
struct Call {
  uint64_t
      kind;  // c create, w write, t truncate, s sync a file, d sync a folder, r rename, l link, u unlink,
             // m make a folder, x remove a folder
  uint64_t inode, offset, path_bytes, data_bytes;
  uint64_t time_ns;  // since the machine started
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char* folder;
static long kill_at, calls;
static int trace = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  folder = getenv("GBID_FAULTS_FOLDER");
  const char* at = getenv("GBID_KILL_AT");
  const char* file = getenv("GBID_TRACE");
  kill_at = at ? atol(at) : 0;
  if (file) trace = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static int is_ours(const char* path) {
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static const char* path_of(int fd, char* buffer, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, buffer, size - 1);
  buffer[length > 0 ? length : 0] = 0;
  return buffer;
}

static const char* absolute(const char* path, char* buffer, size_t size) {
  if (path[0] == '/') return path;
  char here[2048];
  if (!getcwd(here, sizeof here)) return path;
  snprintf(buffer, size, "%s/%s", here, path);
  return buffer;
}

static uint64_t inode_of(const char* path) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_ino : 0;
}

/// Counts the call; @return whether the process dies in it.
static int is_last(void) { return ++calls == kill_at; }

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void note(char kind, uint64_t inode, uint64_t offset, const char* path, const void* data,
                 size_t bytes) {
  if (trace < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const uint64_t time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  const struct Call call = {(uint64_t)kind, inode, offset, strlen(path), bytes, time_ns};
  REAL(write)(trace, &call, sizeof call);
  REAL(write)(trace, path, strlen(path));
  if (bytes > 0) REAL(write)(trace, data, bytes);
}

static int create(const char* path, int flags, mode_t mode) {
  char buffer[4096];
  const char* whole = absolute(path, buffer, sizeof buffer);
  if (!is_ours(whole) || !(flags & (O_CREAT | O_TRUNC))) return REAL(open)(path, flags, mode);
  pthread_mutex_lock(&mutex);
  if (is_last()) die();
  const int is_new = access(whole, F_OK) != 0;
  const int fd = REAL(open)(path, flags, mode);
  if (fd >= 0 && is_new) note('c', inode_of(whole), 0, whole, NULL, 0);
  if (fd >= 0 && !is_new && (flags & O_TRUNC)) note('t', inode_of(whole), 0, whole, NULL, 0);
  pthread_mutex_unlock(&mutex);
  return fd;
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return create(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return create(path, flags, mode);
}

static ssize_t write_at(int fd, const void* data, size_t bytes, off_t offset, int is_placed) {
  char buffer[4096];
  const char* path = path_of(fd, buffer, sizeof buffer);
  if (!is_ours(path))
    return is_placed ? REAL(pwrite)(fd, data, bytes, offset) : REAL(write)(fd, data, bytes);
  pthread_mutex_lock(&mutex);
  const int dies = is_last();
  if (dies) bytes /= 2;
  struct stat status = {0};
  fstat(fd, &status);
  if (!is_placed)
    offset = (fcntl(fd, F_GETFL) & O_APPEND) ? status.st_size : lseek(fd, 0, SEEK_CUR);
  const ssize_t done =
      is_placed ? REAL(pwrite)(fd, data, bytes, offset) : REAL(write)(fd, data, bytes);
  if (done > 0) note('w', status.st_ino, (uint64_t)offset, path, data, (size_t)done);
  if (dies) die();
  pthread_mutex_unlock(&mutex);
  return done;
}

ssize_t write(int fd, const void* data, size_t bytes) { return write_at(fd, data, bytes, 0, 0); }
ssize_t pwrite(int fd, const void* data, size_t bytes, off_t offset) {
  return write_at(fd, data, bytes, offset, 1);
}
ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t offset) {
  return write_at(fd, data, bytes, offset, 1);
}

static int synced(int fd, int (*call)(int)) {
  char buffer[4096];
  const char* path = path_of(fd, buffer, sizeof buffer);
  if (!is_ours(path)) return call(fd);
  // Others may write while this waits; what they write in the meantime is not counted as synced.
  struct stat status = {0};
  pthread_mutex_lock(&mutex);
  if (is_last()) die();
  fstat(fd, &status);
  const int result = call(fd);
  if (result == 0) note(S_ISDIR(status.st_mode) ? 'd' : 's', status.st_ino, 0, path, NULL, 0);
  pthread_mutex_unlock(&mutex);
  return result;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

static int shorten(int fd, off_t length) {
  char buffer[4096];
  const char* path = path_of(fd, buffer, sizeof buffer);
  if (!is_ours(path)) return REAL(ftruncate)(fd, length);
  pthread_mutex_lock(&mutex);
  if (is_last()) die();
  const int result = REAL(ftruncate)(fd, length);
  if (result == 0) note('t', inode_of(path), (uint64_t)length, path, NULL, 0);
  pthread_mutex_unlock(&mutex);
  return result;
}
int ftruncate(int fd, off_t length) { return shorten(fd, length); }
int ftruncate64(int fd, off64_t length) { return shorten(fd, length); }

/// A call that changes a name, or two.
#define NAMES(kind, from, to, call)                         \
  do {                                                      \
    char first[4096], second[4096];                         \
    const char* a = absolute(from, first, sizeof first);    \
    const char* b = absolute(to, second, sizeof second);    \
    if (!is_ours(a)) return call;                           \
    pthread_mutex_lock(&mutex);                             \
    if (is_last()) die();                                   \
    const uint64_t inode = inode_of(a);                     \
    const int result = call;                                \
    if (result == 0) note(kind, inode, 0, a, b, strlen(b)); \
    pthread_mutex_unlock(&mutex);                           \
    return result;                                          \
  } while (0)

int rename(const char* from, const char* to) { NAMES('r', from, to, REAL(rename)(from, to)); }
int renameat2(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) {
  NAMES('r', from, to, REAL(renameat2)(from_fd, from, to_fd, to, flags));
}
int link(const char* from, const char* to) { NAMES('l', from, to, REAL(link)(from, to)); }
int unlink(const char* path) { NAMES('u', path, path, REAL(unlink)(path)); }
int rmdir(const char* path) { NAMES('x', path, path, REAL(rmdir)(path)); }
int mkdir(const char* path, mode_t mode) { NAMES('m', path, path, REAL(mkdir)(path, mode)); }
