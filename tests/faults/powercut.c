/* Writes down what a process does to one database's files: LD_PRELOAD it, and name POWERCUT_FILE and POWERCUT_RECORD.

   A record is "kind file offset length seconds\n" and the bytes written. It is written after the call has returned, by one
   write to a file that is opened to append, so that records of several processes stay whole and in order: SQLite's own locks
   let one write at a time. Memory shared between processes (-shm) is not recorded: a power cut takes it. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int record_fd(void) {
    static int fd = -2;
    if (fd == -2) {
        const char *name = getenv("POWERCUT_RECORD");
        fd = name ? open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    }
    return fd;
}

static void record(const char *kind, int fd, long offset, const void *bytes, size_t length) {
    char link[64], path[4096], head[256];
    const char *file = getenv("POWERCUT_FILE");
    struct timespec now;
    ssize_t size;
    if (!file) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = readlink(link, path, sizeof path - 1);
    if (size < 0) return;
    path[size] = 0;
    if (strncmp(path, file, strlen(file)) || strstr(path, "-shm")) return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    size = snprintf(head, sizeof head, "%s main%s %ld %zu %ld.%09ld\n", kind, path + strlen(file), offset, bytes ? length : 0,
                    (long)now.tv_sec, now.tv_nsec);
    struct iovec parts[2] = {{head, size}, {(void *)bytes, bytes ? length : 0}};
    if (writev(record_fd(), parts, 2) < 0) abort();
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    ssize_t done = real(fd, bytes, length, offset);
    if (done > 0) record("write", fd, offset, bytes, done);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    ssize_t done = real(fd, bytes, length, offset);
    if (done > 0) record("write", fd, offset, bytes, done);
    return done;
}

int ftruncate(int fd, off_t length) {
    REAL(int, "ftruncate", int, off_t);
    int failed = real(fd, length);
    if (!failed) record("cut", fd, length, NULL, 0);
    return failed;
}

int ftruncate64(int fd, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    int failed = real(fd, length);
    if (!failed) record("cut", fd, length, NULL, 0);
    return failed;
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    int failed = real(fd);
    if (!failed) record("sync", fd, 0, NULL, 0);
    return failed;
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    int failed = real(fd);
    if (!failed) record("sync", fd, 0, NULL, 0);
    return failed;
}
