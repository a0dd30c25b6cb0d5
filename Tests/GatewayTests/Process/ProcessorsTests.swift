import Glibc
import Testing

@testable import Gateway

/// Two workers on one processor took turns: a request waited for a slice of time that was not its worker's.
@Suite("The processors that the process may use")
struct ProcessorsTests {
    private static let four = "Name:\tmenshen\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\n"
    private static let cases: [(files: [String: String], count: Int)] = [
        (["/proc/self/status": four], 4),
        (["/proc/self/status": "Cpus_allowed:\t4\n"], 1),
        (["/proc/self/status": "Cpus_allowed:\tff,ffffffff\n"], 40),
        // Version 2: in a unit, in a unit of a slice with less, in a container, without a quota.
        (
            [
                "/proc/self/status": four, "/proc/self/cgroup": "0::/system.slice/menshen.service\n",
                "/sys/fs/cgroup/system.slice/menshen.service/cpu.max": "200000 100000\n",
            ], 2
        ),
        (
            [
                "/proc/self/status": four, "/proc/self/cgroup": "0::/system.slice/menshen.service\n",
                "/sys/fs/cgroup/system.slice/menshen.service/cpu.max": "300000 100000\n",
                "/sys/fs/cgroup/system.slice/cpu.max": "100000 100000\n",
            ], 1
        ),
        (
            ["/proc/self/status": four, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n"],
            1
        ),
        (
            [
                "/proc/self/status": four, "/proc/self/cgroup": "0::/../other\n",
                "/sys/fs/cgroup/cpu.max": "max 100000\n",
            ],
            4
        ),
        (
            ["/proc/self/status": four, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "20000 100000\n"],
            1
        ),
        // Version 1.
        (
            [
                "/proc/self/status": four, "/proc/self/cgroup": "5:memory:/a\n4:cpu,cpuacct:/docker/1\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], 3
        ),
        (
            [
                "/proc/self/status": four, "/proc/self/cgroup": "4:cpu:/\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], 4
        ),
        // More than there are, and what is no number.
        (
            ["/proc/self/status": four, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "900000 100000\n"],
            4
        ),
        (
            ["/proc/self/status": four, "/proc/self/cgroup": "0::/\nx\n", "/sys/fs/cgroup/cpu.max": "1e99 1\n"], 4
        ),
    ]

    @Test("are those of the affinity mask, and no more than the quotas pay for", arguments: cases)
    func count(_ example: (files: [String: String], count: Int)) {
        #expect(Processors.count { example.files[$0] } == example.count)
    }

    @Test("are those of this machine where nothing is known")
    func unknown() {
        #expect(Processors.count { _ in nil } == Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
        #expect((1...Int(sysconf(CInt(_SC_NPROCESSORS_CONF)))).contains(Processors.count))
    }
}
