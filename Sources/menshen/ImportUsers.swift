import ArgumentParser
import Configuration
import Gateway
import Login
import Sessions

/// `menshen import-users`.
struct ImportUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-users",
        abstract: "Import users from another system into the configured store. Gateways may keep running.",
        discussion: """
            FILE has JSON objects such as {"appId": "wx…", "openid": "…", "userId": "…", "unionid": "…"}, one \
            per line; "unionid" is optional. The command checks the whole file before it writes anything. A user who is \
            already in the store gets the id given here and keeps all other data. Running the command again is safe.
            """
    )

    private static let batch = 1000
    private static let patience = Duration.seconds(10)
    /// Faults that are printed one by one.
    private static let mostFaults = 100

    @OptionGroup var file: ConfigurationFile

    @Argument(help: "The file with the users.")
    var list: String

    func run() async throws {
        try await Console.run { try await run($0) }
    }

    private func run(_ console: Console) async throws {
        let configuration = try file.load()
        let appIDs = configuration.weChat.apps.map(\.appID)
        let count = try check(appIDs)
        let store = try ConfiguredStore.open(configuration, logger: console.logger)
        defer { store.stop() }
        try await wait(for: store)
        let imported = try await importAll(appIDs, into: store)
        try console.result("\(list): \(count) users checked, \(imported) imported\n")
    }

    /// A store on a server is available once its connection is.
    private func wait(for store: any SessionStore) async throws {
        let end = ContinuousClock.now + Self.patience
        while !store.wasSeen {
            guard .now < end else {
                StandardError.write("the store does not respond; nothing was imported")
                throw ExitCode(1)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func lines() throws -> LineReader {
        do throws(LineReader.Failure) {
            return try LineReader(path: list, longestLine: UserListReader.longestLine)
        } catch {
            StandardError.write("\(list): cannot be read: \(error)")
            throw ExitCode(1)
        }
    }

    /// The number of users, where every line is right.
    private func check(_ appIDs: [String]) throws -> Int {
        var lines = try lines()
        var reader = UserListReader(appIDs: appIDs)
        var (users, faults) = (0, 0)
        while let line = try lines.next() {
            do throws(UserListReader.Fault) {
                if try reader.read(line) != nil { users += 1 }
            } catch {
                faults += 1
                if faults <= Self.mostFaults { StandardError.write("\(list): \(error)") }
            }
        }
        guard faults == 0 else {
            StandardError.write("\(list): \(faults) faults, nothing was imported")
            throw ExitCode(1)
        }
        return users
    }

    private func importAll(_ appIDs: [String], into store: any SessionStore) async throws -> Int {
        var lines = try lines()
        var reader = UserListReader(appIDs: appIDs)
        var batch: [ImportedUser] = []
        var imported = 0
        while let line = try lines.next() {
            if let user = try reader.read(line) { batch.append(user) }
            guard batch.count == Self.batch else { continue }
            try await write(batch, into: store, after: imported)
            imported += batch.count
            batch = []
        }
        if !batch.isEmpty { try await write(batch, into: store, after: imported) }
        return imported + batch.count
    }

    private func write(_ users: [ImportedUser], into store: any SessionStore, after imported: Int) async throws {
        let result = await withCheckedContinuation { continuation in
            store.importUsers(users) { continuation.resume(returning: $0) }
        }
        guard case .failure(let error) = result else { return }
        StandardError.write("\(list): the store failed (\(error)) after \(imported) users; run the command again")
        throw ExitCode(1)
    }
}
