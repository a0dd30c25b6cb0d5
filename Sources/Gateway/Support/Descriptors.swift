#if canImport(Glibc)
import Glibc
#endif

/// The process's file descriptors, and how many of them clients may have.
enum Descriptors {
    /// What is kept back at least, where there are so many, for services, listeners, logs, the store and calls to WeChat.
    static let smallestReserve = 256
    /// What the gateway has open itself, at most.
    private static let own = 48

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
    /// all clients and can serve none would be useless. Of few, so many are reserved that each client may have a request.
    static func clients(within limit: Int) -> Int { max(1, limit - reserve(of: limit)) }

    /// The number of clients beyond these that may be told so at a time.
    static func refusals(within limit: Int) -> Int { min(128, max(1, reserve(of: limit) / 8)) }

    private static func reserve(of limit: Int) -> Int { max(limit / 4, min(smallestReserve, (limit + own) / 2)) }

    // MARK: - None left

    /// Whether a system call failed since the process or the machine has no descriptor, or no memory for one, left.
    static func isExhaustion(_ number: CInt) -> Bool {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number)
    }

    /// How many have to be free before clients are accepted again: what runs needs them more.
    static func spare(within limit: Int) -> Int { min(128, max(1, limit / 8)) }

    /// Whether so many descriptors can be opened now.
    static func areFree(_ count: Int) -> Bool {
        var opened: [CInt] = []
        opened.reserveCapacity(count)
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < count {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return false }
            opened.append(descriptor)
        }
        return true
    }
}
