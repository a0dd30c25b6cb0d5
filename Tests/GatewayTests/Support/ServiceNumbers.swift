import Configuration

@testable import Gateway

extension TestGateway {
    /// What the gateway counted of its service `s`: of one target by its place, or of the service.
    ///
    /// - Parameter name: the end of the number's name, with its kind behind a slash: `failures/timeout`.
    func count(_ name: String, target: Int? = nil) async -> Int {
        let wanted = target.map { configuration.services["s"]?.targets[$0].address.description ?? "" }
        let parts = name.split(separator: "/").map(String.init)
        let all = await withCheckedContinuation { continuation in
            gateway.serviceCounts { continuation.resume(returning: $0) }
        }
        return all.filter { count in
            count.service == "s" && count.target == wanted && count.name.hasSuffix("." + parts[0])
                && (parts.count == 1 || count.kind == parts[1])
        }.reduce(0) { $0 + $1.value }
    }

    /// Waits until a number is what it should be; bounded by `longestWait`.
    func wait(for name: String, target: Int? = nil, toBe expected: (Int) -> Bool) async throws {
        try await waitUntil(name) { expected(await count(name, target: target)) }
    }
}

extension TestService {
    /// Several servers of 127.0.0.1.
    static func ports(_ ports: [Int], _ members: [String: String] = [:]) -> TestService {
        TestService(targets: ports.map { "http://127.0.0.1:\($0)" }, members: members)
    }
}
