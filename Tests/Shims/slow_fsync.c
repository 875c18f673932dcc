/* A slow disk: every call that waits for one takes SLOW_FSYNC_MS milliseconds more. Preload it (LD_PRELOAD).

   Where SLOW_FSYNC_COUNTS names a file of 16 bytes, calls are counted there as two 64-bit numbers: the supervisor's, and
   everybody else's. The file is mapped before anything of the program runs: a worker closes what it inherits, and opens
   nothing later. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static long milliseconds;
static unsigned long *counts;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_syncfs)(int);
static int (*real_sync_file_range)(int, off64_t, off64_t, unsigned);

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("SLOW_FSYNC_MS"), *file = getenv("SLOW_FSYNC_COUNTS");
    milliseconds = text ? atol(text) : 0;
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    real_syncfs = (int (*)(int))dlsym(RTLD_NEXT, "syncfs");
    real_sync_file_range = (int (*)(int, off64_t, off64_t, unsigned))dlsym(RTLD_NEXT, "sync_file_range");
    int descriptor = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0) return;
    void *mapped = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped != MAP_FAILED) counts = mapped;
    close(descriptor);
}

static void wait_for_disk(void) {
    if (counts) {
        int others = strcmp(program_invocation_short_name, "sluice") != 0;
        __atomic_fetch_add(&counts[others], 1, __ATOMIC_RELAXED);
    }
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (milliseconds > 0 && nanosleep(&left, &left) == -1 && errno == EINTR) {
    }
}

int fsync(int descriptor) {
    wait_for_disk();
    return real_fsync(descriptor);
}

int fdatasync(int descriptor) {
    wait_for_disk();
    return real_fdatasync(descriptor);
}

int syncfs(int descriptor) {
    wait_for_disk();
    return real_syncfs(descriptor);
}

int sync_file_range(int descriptor, off64_t offset, off64_t count, unsigned flags) {
    // Only who asks to wait does.
    if (flags & (SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER)) wait_for_disk();
    return real_sync_file_range(descriptor, offset, count, flags);
}
