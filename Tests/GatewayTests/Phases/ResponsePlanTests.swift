import Configuration
import HTTPWire
import NIOCore
import Testing

@testable import Gateway

@Suite("What becomes of a service's answer")
struct ResponsePlanTests {
    /// An answer of a service, with everything as it mostly is.
    struct Answer: Sendable, CustomTestStringConvertible {
        var status = 200
        var framing = BodyFraming.length(10)
        var contentLength: UInt64? = 10
        var isJSON = true
        var isEncoded = false
        var method = HTTPMethod.get
        var failures = FailurePolicy.clientAndServerErrors
        var success = SuccessPolicy.pass
        var unauthorized = ServiceUnauthorizedPolicy.forbidden

        var testDescription: String { "\(status) \(framing) \(method) \(success) \(failures)" }

        var plan: ResponsePlan {
            ResponsePlan.make(
                status: status,
                framing: framing,
                contentLength: contentLength,
                isJSON: isJSON,
                isEncoded: isEncoded,
                method: method,
                failures: failures,
                success: success,
                unauthorized: unauthorized
            )
        }
    }

    private static func plan(
        _ treatment: ResponsePlan.Treatment,
        _ status: Int,
        _ body: ResponseBody
    ) -> ResponsePlan {
        ResponsePlan(treatment: treatment, status: status, body: body)
    }

    /// What the envelope adds around a body, counted from the contract's text.
    private static let around = UInt64(#"{"code":10000,"msg":"Success!","data":}"#.utf8.count)

    private static let passed: [(Answer, ResponsePlan)] = [
        (Answer(), plan(.pass, 200, .length(10))),
        (Answer(framing: .chunked, contentLength: nil), plan(.pass, 200, .unknown)),
        (Answer(framing: .untilClose, contentLength: nil), plan(.pass, 200, .unknown)),
        (Answer(status: 204, framing: .none, contentLength: nil), plan(.pass, 204, .none)),
        (Answer(status: 304, framing: .none), plan(.pass, 304, .length(10))),
        (Answer(status: 304, framing: .none, contentLength: nil), plan(.pass, 304, .none)),
        (Answer(framing: .none, method: .head), plan(.pass, 200, .length(10))),
        (Answer(framing: .none, contentLength: nil, method: .head), plan(.pass, 200, .none)),
        // A length that goes with no body is not passed on but for HEAD and 304 (RFC 9110 section 8.6).
        (Answer(status: 204, framing: .none, contentLength: 10), plan(.pass, 204, .none)),
        (Answer(status: 302), plan(.pass, 302, .length(10))),
        (Answer(status: 399), plan(.pass, 399, .length(10))),
    ]

    @Test("passes a success as it is, with its length where it is known", arguments: passed)
    func pass(_ answer: Answer, _ expected: ResponsePlan) {
        #expect(answer.plan == expected)
    }

    private static let wrapped: [(Answer, ResponsePlan)] = [
        (Answer(success: .wrap), plan(.wrap, 200, .length(10 + around))),
        (Answer(status: 201, success: .wrap), plan(.wrap, 201, .length(10 + around))),
        (Answer(framing: .chunked, contentLength: nil, success: .wrap), plan(.wrap, 200, .unknown)),
        (Answer(framing: .untilClose, contentLength: nil, success: .wrap), plan(.wrap, 200, .unknown)),
        (Answer(framing: .length(.max), success: .wrap), plan(.wrap, 200, .unknown)),
        (Answer(status: 204, framing: .none, contentLength: nil, isJSON: false, success: .wrap), wrapNull),
        (Answer(status: 205, framing: .length(0), contentLength: 0, success: .wrap), wrapNull),
        (Answer(framing: .none, method: .head, success: .wrap), plan(.wrap, 200, .none)),
        // The service has nothing to say.
        (Answer(framing: .length(0), contentLength: 0, success: .wrap), wrapNull),
        (Answer(status: 201, framing: .length(0), contentLength: 0, success: .wrap), plan(.wrapNull, 201, .none)),
        // White space of that length would leave no room for null.
        (Answer(framing: .length(1), success: .wrap), plan(.wrap, 200, .unknown)),
        (Answer(framing: .length(3), success: .wrap), plan(.wrap, 200, .unknown)),
        (Answer(framing: .length(4), success: .wrap), plan(.wrap, 200, .length(4 + around))),
        // What is not JSON, coded or partial passes untouched.
        (Answer(isJSON: false, success: .wrap), plan(.pass, 200, .length(10))),
        (Answer(isEncoded: true, success: .wrap), plan(.pass, 200, .length(10))),
        (Answer(status: 206, success: .wrap), plan(.pass, 206, .length(10))),
        (Answer(framing: .length(0), contentLength: 0, isJSON: false, success: .wrap), plan(.pass, 200, .length(0))),
        (Answer(status: 302, success: .wrap), plan(.pass, 302, .length(10))),
        (Answer(status: 304, framing: .none, success: .wrap), plan(.pass, 304, .length(10))),
        // A failure is a failure, wrapped or not.
        (Answer(status: 400, success: .wrap), plan(.capture, 400, .none)),
    ]
    private static let wrapNull = plan(.wrapNull, 200, .none)

    @Test("wraps what is JSON and leaves the rest alone", arguments: wrapped)
    func wrap(_ answer: Answer, _ expected: ResponsePlan) {
        #expect(answer.plan == expected)
    }

    @Test("counts the envelope around null right")
    func nullBody() {
        #expect(ResponsePlan.nullBodyCount(newToken: nil) == Self.around + 4)
        let token = NewToken("a.b.c", expiresIn: 60)
        var whole = ByteBuffer()
        SuccessWrapper.nullBody(newToken: token, into: &whole)
        #expect(ResponsePlan.nullBodyCount(newToken: token) == UInt64(whole.readableBytes))
    }

    private static let failures: [(Answer, outer: Int?)] = [
        (Answer(status: 400), 400), (Answer(status: 404), 404), (Answer(status: 500), 500), (Answer(status: 503), 503),
        (Answer(status: 599), 599),
        // The contract's exceptions.
        (Answer(status: 401), 403), (Answer(status: 407), 403), (Answer(status: 408), 504), (Answer(status: 421), 502),
        (Answer(status: 401, unauthorized: .badGateway), 502), (Answer(status: 407, unauthorized: .badGateway), 502),
        (Answer(status: 401, unauthorized: .pass), 401), (Answer(status: 407, unauthorized: .pass), 407),
        (Answer(status: 401, failures: .none), 403), (Answer(status: 407, failures: .serverErrors), 403),
        (Answer(status: 401, failures: .none, unauthorized: .pass), nil),
        (Answer(status: 400, failures: .serverErrors), nil), (Answer(status: 499, failures: .serverErrors), nil),
        (Answer(status: 500, failures: .serverErrors), 500), (Answer(status: 500, failures: .none), nil),
        // What reaches the client as a server error counts as one.
        (Answer(status: 408, failures: .serverErrors), 504), (Answer(status: 421, failures: .serverErrors), 502),
    ]

    @Test("collects what is a failure, under the status that the contract gives it", arguments: failures)
    func failure(_ answer: Answer, _ outer: Int?) {
        for method in HTTPMethod.allCases {
            for success in SuccessPolicy.allCases {
                var answer = answer
                answer.method = method
                answer.success = success
                let plan = answer.plan
                #expect((plan.treatment == .capture) == (outer != nil))
                #expect(plan.status == outer ?? answer.status)
            }
        }
    }

    @Test("never lets a body come without an end")
    func framings() {
        for framing in [.none, .length(0), .length(7), .chunked, .untilClose] as [BodyFraming] {
            for status in [200, 201, 204, 205, 206, 301, 304, 404] {
                for success in SuccessPolicy.allCases {
                    let answer = Answer(status: status, framing: framing, contentLength: nil, success: success)
                    let plan = answer.plan
                    if plan.treatment == .pass { #expect((plan.body == .none) == (framing == .none)) }
                }
            }
        }
    }
}
