/*
 * Fault injection by LD_PRELOAD: a disk that loses unflushed data, writes that fail, and a clock that jumps.
 * fixtures/fault-injector.ts builds this library, preloads it into the server, and controls it through a memory-mapped
 * file. It affects only the files of the SQLite database; other calls pass through.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The control file shared with the test; fixtures/fault-injector.ts uses the same offsets. */
struct control {
  _Atomic int64_t until_failure;  /* the n-th write or flush from now fails; 0: none */
  _Atomic int64_t failures;       /* how many consecutive calls fail */
  _Atomic int64_t error;          /* the errno value */
  _Atomic int64_t failed;         /* how many calls have failed */
  _Atomic int64_t clock;          /* seconds by which the clock is ahead */
  _Atomic int64_t ignore_flushes; /* 1: flushes report success without flushing */
  _Atomic int64_t flushes;        /* the number of flushes */
};

enum { PAGE = 4096, PAGES = 1 << 18, DESCRIPTORS = 1 << 16, FILES = 2 };
static const char *const NAMES[FILES] = {"harmony.sqlite", "harmony.sqlite-wal"};

static struct control *control;
static const char *shadow;                          /* the folder with the flushed contents */
static signed char file_of[DESCRIPTORS];            /* 1 + the index of the descriptor's file */
static unsigned char unflushed[FILES][PAGES / 8];   /* the pages written since the last flush */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open64)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static int (*real_ftruncate64)(int, off64_t);
static int (*real_fsync)(int);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  real_open64 = dlsym(RTLD_NEXT, "open64");
  real_close = dlsym(RTLD_NEXT, "close");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
  real_ftruncate64 = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  shadow = getenv("FAULTFS_SHADOW");
  const char *path = getenv("FAULTFS_CONTROL");
  int descriptor = path == NULL ? -1 : real_open64(path, O_RDWR);
  void *memory = descriptor < 0 ? MAP_FAILED
                                : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED || shadow == NULL) {
    static const char complaint[] = "faultfs: FAULTFS_CONTROL and FAULTFS_SHADOW must name the test's file and folder\n";
    if (real_write(2, complaint, sizeof complaint - 1) < 0) abort();
    abort();
  }
  control = memory;
  real_close(descriptor);
}

/* The index of the database file behind a descriptor, or -1. */
static int which(int descriptor) {
  return descriptor >= 0 && descriptor < DESCRIPTORS ? file_of[descriptor] - 1 : -1;
}

/* Whether this write or flush must fail; sets errno if so. */
static int fails(void) {
  pthread_mutex_lock(&lock);
  int64_t left = atomic_load(&control->until_failure);
  int does = 0;
  if (left > 1) {
    atomic_store(&control->until_failure, left - 1);
  } else if (left == 1) {
    does = 1;
    int64_t more = atomic_load(&control->failures) - 1;
    atomic_store(&control->failures, more);
    if (more <= 0) atomic_store(&control->until_failure, 0);
    atomic_fetch_add(&control->failed, 1);
  }
  pthread_mutex_unlock(&lock);
  if (does) errno = (int)atomic_load(&control->error);
  return does;
}

static void mark(int file, off64_t from, off64_t to) {
  pthread_mutex_lock(&lock);
  for (off64_t page = from / PAGE; page * PAGE < to && page < PAGES; page++)
    unflushed[file][page / 8] |= (unsigned char)(1 << page % 8);
  pthread_mutex_unlock(&lock);
}

/* Copies the pages written since the last flush to the shadow file. */
static int flush(int file, int descriptor) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", shadow, NAMES[file]);
  int copy = real_open64(path, O_WRONLY | O_CREAT, 0600);
  struct stat64 now;
  int result = copy < 0 || fstat64(descriptor, &now) != 0 ? -1 : 0;
  pthread_mutex_lock(&lock);
  for (off64_t page = 0; result == 0 && page < PAGES && page * PAGE < now.st_size; page++) {
    if (!(unflushed[file][page / 8] & 1 << page % 8)) continue;
    char bytes[PAGE];
    ssize_t length = pread64(descriptor, bytes, PAGE, page * PAGE);
    if (length < 0 || real_pwrite64(copy, bytes, (size_t)length, page * PAGE) != length) result = -1;
  }
  if (result == 0) result = real_ftruncate64(copy, now.st_size);
  if (result == 0) memset(unflushed[file], 0, sizeof unflushed[file]);
  pthread_mutex_unlock(&lock);
  if (copy >= 0) real_close(copy);
  return result;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  int descriptor = real_open64(path, flags, mode);
  const char *name = strrchr(path, '/');
  name = name == NULL ? path : name + 1;
  for (int file = 0; descriptor >= 0 && descriptor < DESCRIPTORS && file < FILES; file++)
    if (strcmp(name, NAMES[file]) == 0) file_of[descriptor] = (signed char)(file + 1);
  return descriptor;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open64(path, flags | O_LARGEFILE, mode);
}

int close(int descriptor) {
  if (descriptor >= 0 && descriptor < DESCRIPTORS) file_of[descriptor] = 0;
  return real_close(descriptor);
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
  int file = which(descriptor);
  if (file < 0) return real_write(descriptor, bytes, length);
  if (fails()) return -1;
  off64_t from = lseek64(descriptor, 0, SEEK_CUR);
  ssize_t written = real_write(descriptor, bytes, length);
  if (written > 0) mark(file, from, from + written);
  return written;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t from) {
  int file = which(descriptor);
  if (file < 0) return real_pwrite64(descriptor, bytes, length, from);
  if (fails()) return -1;
  ssize_t written = real_pwrite64(descriptor, bytes, length, from);
  if (written > 0) mark(file, from, from + written);
  return written;
}

int ftruncate64(int descriptor, off64_t length) {
  int file = which(descriptor);
  if (file < 0) return real_ftruncate64(descriptor, length);
  if (fails()) return -1;
  /* Data later written behind the new end replaces the old data. */
  int result = real_ftruncate64(descriptor, length);
  if (result == 0) mark(file, length, (off64_t)PAGES * PAGE);
  return result;
}

int fsync(int descriptor) {
  int file = which(descriptor);
  if (file < 0) return real_fsync(descriptor);
  if (fails()) return -1;
  atomic_fetch_add(&control->flushes, 1);
  return atomic_load(&control->ignore_flushes) ? 0 : flush(file, descriptor);
}

int fdatasync(int descriptor) { return fsync(descriptor); }

int clock_gettime(clockid_t clock, struct timespec *time) {
  if (real_clock_gettime == NULL) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real_clock_gettime(clock, time);
  if (result == 0 && control != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    time->tv_sec += (time_t)atomic_load(&control->clock);
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return result;
}
