#define _GNU_SOURCE
#include "SpillFile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

// Nothing here may allocate.

int spill_file_make(int directory) {
    int file = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return file;
    // A file system without O_TMPFILE.
    char name[64];
    snprintf(name, sizeof name, ".spill-%d", (int)getpid());
    unlinkat(directory, name, 0);
    file = openat(directory, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0)
        unlinkat(directory, name, 0);
    return file;
}

/// fallocate(2). 0, or errno.
static int allocate(int file, int mode, uint64_t offset, uint64_t length) {
    int result;
    do
        result = fallocate(file, mode, (off_t)offset, (off_t)length);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int spill_file_preallocate(int file, uint64_t offset, uint64_t length, bool is_stale) {
    int error = is_stale ? EOPNOTSUPP : allocate(file, 0, offset, length);
    if (error != EOPNOTSUPP)
        return error;
    static const char zeros[64 << 10];
    for (uint64_t done = 0; done < length;) {
        size_t piece = length - done < sizeof zeros ? (size_t)(length - done) : sizeof zeros;
        ssize_t written = pwrite(file, zeros, piece, (off_t)(offset + done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : ENOSPC;
        done += (uint64_t)written;
    }
    return 0;
}

bool spill_file_release(int file, uint64_t offset, uint64_t length) {
    return allocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0;
}
