import Glibc

/// Opens /dev/null where standard input, output or error is closed: else the next file that is opened, the journal
/// say, gets the number, and what is printed lands in it. First thing in `main`.
package func openMissingStandardDescriptors() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 && errno == EBADF {
        // The lowest free number is the one that is missing, as those below it are open by now.
        _ = open("/dev/null", O_RDWR)
    }
}

/// From now on, writing to a pipe whose reader has gone fails, and ends nobody. For what works on whether or not
/// somebody looks; workers get the signal's default back.
package func surviveClosedPipes() { signal(SIGPIPE, SIG_IGN) }
