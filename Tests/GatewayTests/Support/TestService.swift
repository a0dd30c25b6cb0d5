/// What `services` of a test's configuration says of one service.
struct TestService: Sendable {
    var targets: [String]
    /// Further members, as JSON: `["timeouts": #"{"idle":"100ms"}"#]`.
    var members: [String: String]

    init(targets: [String], members: [String: String] = [:]) {
        self.targets = targets
        self.members = members
    }

    /// A server on 127.0.0.1.
    static func port(_ port: Int, _ members: [String: String] = [:]) -> TestService {
        TestService(targets: ["http://127.0.0.1:\(port)"], members: members)
    }

    static func scripted(_ service: ScriptedService, _ members: [String: String] = [:]) -> TestService {
        .port(service.port, members)
    }

    /// Where nothing is said of time-outs, idle connections stay longer than any test: who waits for a connection's end
    /// is not to see it die of age.
    var json: String {
        let list = targets.map { "\"\($0)\"" }.joined(separator: ",")
        var all = ["timeouts": #"{"keepAlive":"60s"}"#].merging(members) { $1 }
        all["targets"] = "[" + list + "]"
        return "{" + all.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }
}
