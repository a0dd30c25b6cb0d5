import Gateway
import HTTPWire
import Testing

@Suite("A service's status reaches the client by rule")
struct StatusRulesTests {
    @Test(arguments: [
        (401, 403, 502, 401), (407, 403, 502, 407), (408, 504, 504, 504), (421, 502, 502, 502), (400, 400, 400, 400),
        (403, 403, 403, 403), (404, 404, 404, 404), (429, 429, 429, 429), (500, 500, 500, 500), (503, 503, 503, 503),
        (599, 599, 599, 599),
    ])
    func someStatusesAreMapped(status: Int, as403: Int, as502: Int, pass: Int) {
        #expect(StatusRules.clientStatus(ofService: status, unauthorized: .as403) == as403)
        #expect(StatusRules.clientStatus(ofService: status, unauthorized: .as502) == as502)
        #expect(StatusRules.clientStatus(ofService: status, unauthorized: .pass) == pass)
    }

    @Test(arguments: [
        (200, false, false), (304, false, false), (399, false, false), (400, true, false), (404, true, false),
        (408, true, true), (421, true, true), (499, true, false), (500, true, true), (503, true, true),
    ])
    func theRouteSaysWhatAFailureIs(status: Int, from400: Bool, from500: Bool) {
        for unauthorized in [StatusRules.Unauthorized.as403, .as502, .pass] {
            #expect(StatusRules.isFailure(status, failures: .from400, unauthorized: unauthorized) == from400)
            #expect(StatusRules.isFailure(status, failures: .from500, unauthorized: unauthorized) == from500)
            #expect(!StatusRules.isFailure(status, failures: .none, unauthorized: unauthorized))
        }
    }

    @Test(arguments: [401, 407]) func anUnauthorizedServiceIsAFailureUnlessItPasses(status: Int) {
        for failures in [StatusRules.Failures.from400, .from500, .none] {
            #expect(StatusRules.isFailure(status, failures: failures, unauthorized: .as403))
            #expect(StatusRules.isFailure(status, failures: failures, unauthorized: .as502))
        }
        #expect(StatusRules.isFailure(status, failures: .from400, unauthorized: .pass))
        #expect(!StatusRules.isFailure(status, failures: .from500, unauthorized: .pass))
        #expect(!StatusRules.isFailure(status, failures: .none, unauthorized: .pass))
    }

    @Test func everyStatusOfTheGatewaysOwnHasAPhrase() {
        for reason in ErrorCode.allCases { #expect(StatusReason.phrase(reason.status).utf8CodeUnitCount > 0) }
    }

    @Test(arguments: [
        ("application/json", true), ("Application/JSON; charset=utf-8", true), (" text/json ", true),
        ("application/problem+json", true), ("application/vnd.x+JSON;v=1", true), ("", false), ("text/plain", false),
        ("application/jsonp", false), ("application/json5", false), ("+json", false), ("text/html; x=+json", false),
    ])
    func jsonIsToldByItsType(type: String, isJSON: Bool) {
        let bytes = type.bytes
        let verdict = MediaType.isJSON(bytes.span)
        #expect(verdict == isJSON)
    }
}
