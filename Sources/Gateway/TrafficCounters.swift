import JSON
import Sessions

/// The members of the operators' `GET /counters` that are about services, their targets, rate limits and logs.
enum TrafficCounters {
    static func members(
        _ counts: [NamedCount],
        _ tableCounts: [RateLimits.TableCounts],
        _ logs: GatewayLogs
    ) -> [(name: String, json: [UInt8])] {
        [("services", services(counts)), ("rateLimits", rateLimits(tableCounts)), ("logs", lines(logs))]
    }

    /// The member about the session store.
    static func store(_ store: any SessionStore) -> (name: String, json: [UInt8]) {
        var json = JSONWriter()
        json.beginObject()
        json.member("ignoredRows", store.ignoredRows)
        json.endObject()
        return ("store", json.bytes)
    }

    private static func lines(_ logs: GatewayLogs) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.name("operators")
        json.beginObject()
        json.member("dropped", logs.operators?.dropped ?? 0)
        json.member("suppressed", logs.limited.suppressed)
        json.endObject()
        json.name("access")
        json.beginObject()
        json.member("dropped", logs.access?.dropped ?? 0)
        json.endObject()
        json.endObject()
        return json.bytes
    }

    /// By service; in each its numbers, and by target the target's: `gateway.service.retries.denied` is `retriesDenied`,
    /// and kinds of failures are members of one object.
    private static func services(_ counts: [NamedCount]) -> [UInt8] {
        var tree = Tree()
        for count in counts {
            var path = [count.service]
            if let target = count.target { path += ["targets", target] }
            path.append(memberName(count.name))
            if let kind = count.kind { path.append(kind) }
            tree.add(count.value, at: path[...])
        }
        var json = JSONWriter(reserving: 2048)
        tree.write(into: &json)
        return json.bytes
    }

    private static func rateLimits(_ tableCounts: [RateLimits.TableCounts]) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for entry in tableCounts {
            json.beginObject()
            json.member("route", entry.route)
            json.member("limit", entry.limit)
            json.member("displaced", entry.displaced)
            json.member("uncounted", entry.uncounted)
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }

    private static func memberName(_ name: String) -> String {
        let words = name.split(separator: ".").dropFirst(2)
        return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// Numbers by the names that lead to them.
    private struct Tree {
        private var value = 0
        private var branches: [String: Tree] = [:]

        /// Adds to the existing value: a target that routes.json lists twice is one.
        mutating func add(_ count: Int, at path: ArraySlice<String>) {
            guard let name = path.first else {
                value += count
                return
            }
            branches[name, default: Tree()].add(count, at: path.dropFirst())
        }

        func write(into json: inout JSONWriter) {
            json.beginObject()
            for (name, branch) in branches.sorted(by: { $0.key < $1.key }) {
                if branch.branches.isEmpty {
                    json.member(name, branch.value)
                } else {
                    json.name(name)
                    branch.write(into: &json)
                }
            }
            json.endObject()
        }
    }
}
