#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Newer than the oldest kernel headers that this is built with; the numbers are the kernel's for ever.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

// landlock_ruleset_attr as it has grown: the kernel takes any of its lengths.
struct ruleset {
    uint64_t files;  // ABI 1
    uint64_t network;  // ABI 4
    uint64_t scopes;  // ABI 6
};

enum { bind_and_connect_tcp = 1 | 2, abstract_sockets_and_signals = 1 | 2 };

static const uint64_t reading =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t of_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE
    | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_IOCTL_DEV;

// Every right over files that the ABI knows.
static uint64_t handled(int abi) {
    uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (abi >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi >= 5)
        rights |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    return rights;
}

int sluice_landlock_abi(void) {
    return (int)syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

int sluice_landlock_ruleset(int abi) {
    struct ruleset ruleset = {.files = handled(abi)};
    size_t length = sizeof ruleset.files;
    if (abi >= 4) {
        ruleset.network = bind_and_connect_tcp;
        length = sizeof ruleset.files + sizeof ruleset.network;
    }
    if (abi >= 6) {
        ruleset.scopes = abstract_sockets_and_signals;
        length = sizeof ruleset;
    }
    return (int)syscall(__NR_landlock_create_ruleset, &ruleset, length, 0);
}

static int allow(int ruleset, int abi, int path_fd, uint64_t rights) {
    struct stat status;
    if (fstat(path_fd, &status) != 0)
        return -1;
    // A rule for a file that grants what only directories have is refused whole.
    if (!S_ISDIR(status.st_mode))
        rights &= of_files;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights & handled(abi), .parent_fd = path_fd};
    return (int)syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

int sluice_landlock_allow_reading(int ruleset, int abi, int path_fd) {
    return allow(ruleset, abi, path_fd, reading);
}

int sluice_landlock_allow_working(int ruleset, int abi, int path_fd) {
    uint64_t rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE
        | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR
        | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR;
    return allow(ruleset, abi, path_fd, rights);
}

int sluice_landlock_allow_writing(int ruleset, int abi, int path_fd) {
    return allow(ruleset, abi, path_fd, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
}

int sluice_landlock_restrict(int ruleset) {
    return (int)syscall(__NR_landlock_restrict_self, ruleset, 0);
}
