import NIOConcurrencyHelpers

#if canImport(Glibc)
import Glibc
#endif

/// What a gateway holds while it runs on a store's file. Two gateways on one file would not hear each other's logouts: the
/// file tells nobody of changes.
///
/// The lock is on a file beside the store's: SQLite loses its own locks where anybody in the process closes the store's
/// file. The kernel releases it at the end of the process, however that comes. The empty file stays.
final class StoreFileLock: Sendable {
    private let descriptor: NIOLockedValueBox<CInt?>

    /// Takes the lock, or throws `inUse` at once where another gateway has it.
    ///
    /// - Parameter path: the store's file, which is there. Another path to the same file leads to the same lock.
    init(path: String) throws(SessionStoreOpenError) {
        guard let resolved = realpath(path, nil) else { throw .file(errno: errno) }
        defer { free(resolved) }
        let file = String(cString: resolved) + "-lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .file(errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            throw number == EWOULDBLOCK ? .inUse : .file(errno: number)
        }
        self.descriptor = NIOLockedValueBox(descriptor)
    }

    deinit {
        release()
    }

    /// Releases the lock; once is enough.
    func release() {
        let held = descriptor.withLockedValue { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        if let held { close(held) }
    }
}
