import JSON
import Testing

extension RawResponse {
    /// Checks an envelope for a failure that stands for a service's answer or for its lack (contract, section 3).
    ///
    /// - Parameter inner: `data.status`; what stands outside where it is left out.
    func expectFailure(
        _ reason: String,
        status: Int,
        inner: Int64? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(self.outcome == "\(status) 30000 \(reason)", sourceLocation: sourceLocation)
        #expect(dataStatus == inner ?? Int64(status), sourceLocation: sourceLocation)
        #expect(json?["msg"]?.string == "Third-party service error!", sourceLocation: sourceLocation)
        #expect(relogin == false, sourceLocation: sourceLocation)
        #expect(replay == false, sourceLocation: sourceLocation)
        expectEnvelopeFields(sourceLocation: sourceLocation)
    }

    /// Checks an envelope for a refusal of the gateway's own.
    func expectRefusal(
        _ code: Int64,
        _ reason: String,
        status: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(self.outcome == "\(status) \(code) \(reason)", sourceLocation: sourceLocation)
        expectEnvelopeFields(sourceLocation: sourceLocation)
    }

    private func expectEnvelopeFields(sourceLocation: SourceLocation) {
        #expect(fields.all("content-type") == ["application/json; charset=utf-8"], sourceLocation: sourceLocation)
        #expect(fields.all("cache-control") == ["no-store"], sourceLocation: sourceLocation)
        #expect(fields.names.allSatisfy { $0 == $0.lowercased() }, sourceLocation: sourceLocation)
        #expect(framing == .length(body.count), sourceLocation: sourceLocation)
        #expect(json?["requestId"]?.string == self["x-request-id"], sourceLocation: sourceLocation)
    }
}

extension ScriptedService {
    /// Checks that scripts ran into nothing but what their tests are about.
    func expectNoFaults(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(seen.faults == [], sourceLocation: sourceLocation)
    }
}

/// A small answer with a length.
func ok(_ body: String = "ok", fields: [String] = []) -> String {
    answer("200 OK", body, fields: fields)
}

/// An answer with a length.
func answer(_ status: String, _ body: String, fields: [String] = []) -> String {
    let lines = ["HTTP/1.1 " + status] + fields + ["content-length: \(body.utf8.count)", "", body]
    return lines.joined(separator: "\r\n")
}
