#if canImport(Glibc)
import Glibc
#endif

/// The processors that this process may use. More workers than that share them by slices of time: one waits while the
/// other has a whole slice.
enum Processors {
    /// Those of the affinity mask, and no more than the CPU quotas of the process's control groups pay for.
    static var count: Int { count(read: text) }

    /// - Parameter read: the text of a small file; nil where there is none.
    static func count(read: (String) -> String?) -> Int {
        let allowed = read("/proc/self/status").flatMap(affinity) ?? max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
        let quotas = read("/proc/self/cgroup").map { self.quotas($0, read: read) } ?? []
        // A quota of one and a half is for one worker and the threads beside it.
        return max(1, min(allowed, quotas.map { Int($0) }.min() ?? allowed))
    }

    /// proc_pid_status(5): a mask in hexadecimal, with commas.
    private static func affinity(_ status: String) -> Int? {
        for line in status.split(separator: "\n") where line.hasPrefix("Cpus_allowed:") {
            let count = line.dropFirst("Cpus_allowed:".utf8.count).compactMap(\.hexDigitValue)
                .reduce(0) { $0 + $1.nonzeroBitCount }
            return count > 0 ? count : nil
        }
        return nil
    }

    /// cgroups(7): `0::/path` in version 2, `4:cpu,cpuacct:/path` in version 1.
    ///
    /// - Returns: processors, one number for each group with a quota, from the process's own to the root.
    private static func quotas(_ groups: String, read: (String) -> String?) -> [Double] {
        var quotas: [Double] = []
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[0] == "0", fields[1].isEmpty {
                quotas += folders("/sys/fs/cgroup", fields[2]).compactMap { folder in
                    // "150000 100000", or "max 100000".
                    let words = read(folder + "/cpu.max")?.split { $0.isWhitespace } ?? []
                    return words.count == 2 ? share(words[0], of: words[1]) : nil
                }
            } else if fields[1].split(separator: ",").contains("cpu") {
                quotas += folders("/sys/fs/cgroup/cpu", fields[2]).compactMap { folder in
                    // -1 without a quota.
                    guard let quota = read(folder + "/cpu.cfs_quota_us"),
                        let period = read(folder + "/cpu.cfs_period_us")
                    else { return nil }
                    return share(quota.prefix { !$0.isWhitespace }, of: period.prefix { !$0.isWhitespace })
                }
            }
        }
        return quotas
    }

    /// The folder of a group and of those above it. In a container the path may be the machine's, and the root the group's.
    private static func folders(_ root: String, _ path: Substring) -> [String] {
        var names = path.split(separator: "/")
        guard !names.contains("..") else { return [root] }
        var folders: [String] = []
        while !names.isEmpty {
            folders.append(root + "/" + names.joined(separator: "/"))
            names.removeLast()
        }
        return folders + [root]
    }

    private static func share(_ quota: Substring, of period: Substring) -> Double? {
        guard let quota = Double(quota), let period = Double(period), quota > 0, period > 0, quota / period < 1e6 else {
            return nil
        }
        return quota / period
    }

    /// The first 64 KiB of a file.
    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let limit = 64 << 10
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { room, filled in
            // Such a file comes whole in one read.
            filled = max(0, read(descriptor, room.baseAddress, limit))
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
