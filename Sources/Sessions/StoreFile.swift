#if canImport(Glibc)
import Glibc
#endif

/// The store's file and its log as they were opened: what is written to a file that was moved or deleted is lost with the
/// process.
struct StoreFile: Sendable {
    private struct Identity: Sendable, Equatable {
        let device: UInt64
        let number: UInt64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            number = UInt64(status.st_ino)
        }
    }

    private let files: [(path: String, identity: Identity)]

    /// - Parameter path: of a database that is open, with its write-ahead log.
    init(path: String) {
        files = ["", "-wal"].compactMap { suffix in
            Identity(path + suffix).map { (path + suffix, $0) }
        }
    }

    /// Whether the paths still lead to these files.
    var isInPlace: Bool { files.allSatisfy { Identity($0.path) == $0.identity } }
}
