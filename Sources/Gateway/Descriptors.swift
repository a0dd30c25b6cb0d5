#if canImport(Glibc)
import Glibc
#endif

/// The process's file descriptors, and how many of them clients may have.
enum Descriptors {
    /// The least that is kept back, for listeners, logs, the store and calls to WeChat.
    static let smallestReserve = 128

    /// Raises the soft limit to the hard one, as every server does for itself, and gives the limit then in force.
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return limit.rlim_cur > rlim_t(Int32.max) ? Int(Int32.max) : Int(limit.rlim_cur)
    }

    /// The number of clients that `limit` descriptors allow. A quarter is reserved for services: a gateway that accepts
    /// all clients and can serve none would be useless.
    static func clients(within limit: Int) -> Int { max(1, limit - max(smallestReserve, limit / 4)) }
}
