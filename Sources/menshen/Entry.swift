import ArgumentParser
import Dispatch
import Gateway

#if canImport(Glibc)
import Glibc
#endif

/// The process's entry: what has to come before any thread, any descriptor of our own and the wait for any signal.
@main
enum Entry {
    /// Commands that run until they are told to end.
    private static let servers: Set<String> = ["run", "demo", "wechat-stand-in"]
    /// Threads beside the workers, at most: those of tasks, logs, the store and calls.
    private static let threads = 16

    static func main() {
        openStandardDescriptors()
        let isServer = CommandLine.arguments.dropFirst().first.map(servers.contains) ?? false
        if isServer { ignoreSignals() }
        do throws(ThreadShortage) {
            // Without a thread the runtime waits for one for ever, and hears no signal.
            try ThreadSupply.check(isServer ? threads : 4)
        } catch {
            let line = Array("menshen: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            exit(EXIT_FAILURE)
        }
        Task {
            await Menshen.main()
            exit(EXIT_SUCCESS)
        }
        dispatchMain()
    }

    /// A socket or a file of the gateway's must not become standard output, where a library may write.
    private static func openStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // Gets the lowest free number, which is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// By default both end the process. A rotation of the log means nothing before the log is opened; and other servers
    /// read their configuration anew where this one would end all requests.
    private static func ignoreSignals() {
        for number in [SIGUSR1, SIGHUP] { signal(number, SIG_IGN) }
    }
}
