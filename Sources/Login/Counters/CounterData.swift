import JSON

/// `data` of the operators' `GET /counters`.
enum CounterData {
    static func of(
        _ counts: LoginCounts,
        gates: [String: ExchangeGate.Status],
        verdicts: [(name: String, count: Int)],
        traffic: [(name: String, json: [UInt8])]
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 2048)
        json.beginObject()
        json.name("apps")
        json.beginObject()
        for (appID, app) in counts.apps.sorted(by: { $0.key < $1.key }) {
            json.name(appID)
            json.beginObject()
            write("logins", app.logins, &json)
            json.member("sharedLogins", app.sharedLogins)
            json.member("exchanges", app.exchanges)
            if let gate = gates[appID] {
                json.member("exchangesInFlight", gate.inFlight)
                json.member("exchangesWaiting", gate.waiting)
                json.member("fuse", gate.fuse)
                json.member("breaker", gate.breaker)
            }
            write("phoneNumbers", app.phoneNumbers, &json)
            json.endObject()
        }
        json.endObject()
        json.member("renewals", counts.renewals)
        json.member("rememberedRenewals", counts.rememberedRenewals)
        json.member("refusedRenewals", counts.refusedRenewals)
        json.member("phoneLookups", counts.phoneLookups)
        json.member("updates", counts.updates)
        json.member("logouts", counts.logouts)
        json.member("erasures", counts.erasures)
        write("verdicts", Dictionary(verdicts.map { ($0.name, $0.count) }, uniquingKeysWith: +), &json)
        for (name, value) in traffic { json.member(name, raw: value) }
        json.endObject()
        return json.bytes
    }

    private static func write(_ name: String, _ counts: [String: Int], _ json: inout JSONWriter) {
        json.name(name)
        json.beginObject()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { json.member(name, count) }
        json.endObject()
    }
}
