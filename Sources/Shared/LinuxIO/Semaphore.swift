import Glibc

/// A POSIX semaphore: each `post` lets one `wait` return.
final class Semaphore: @unchecked Sendable {
    // sem_t is made for use from many threads; the pointer never changes.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func post() { sem_post(semaphore) }

    func wait() {
        while sem_wait(semaphore) != 0 {}
    }
}
