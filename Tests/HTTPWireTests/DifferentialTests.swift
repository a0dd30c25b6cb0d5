import Glibc
import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPWire

/// Compares message by message until the first difference.
struct Comparison {
    let ours: Observation<WireFault>
    let theirs: Observation<HTTPParserError>
    /// What they saw of the message in which the difference is.
    private(set) var message: Observation<HTTPParserError>.Message?

    init(_ ours: Observation<WireFault>, _ theirs: Observation<HTTPParserError>) {
        self.ours = ours
        self.theirs = theirs
    }

    mutating func difference() -> Difference? {
        let difference = self.firstDifference()
        return difference != nil && self.message?.hasTabAtEnd == true
            ? .unlike("a tab at the end of a value") : difference
    }

    private mutating func firstDifference() -> Difference? {
        var index = 0
        while true {
            let mine = index < self.ours.messages.count ? self.ours.messages[index] : nil
            let other = index < self.theirs.messages.count ? self.theirs.messages[index] : nil
            self.message = other
            switch (mine, other) {
            case (nil, nil): return Self.afterAll(self.ours.fault, self.theirs.fault)
            case (.some, nil): return self.theirs.fault.map { .theyRefuse($0) } ?? .unlike("only we see a head")
            case (nil, .some): return self.ours.fault.map { .weRefuse($0) } ?? .unlike("only they see a head")
            case (.some(let mine), .some(let other)):
                if let difference = Self.heads(mine, other) { return difference }
                // After an upgrade the bytes are no longer HTTP for them.
                if other.asksForUpgrade { return nil }
                let fault = index == self.ours.messages.count - 1 ? self.ours.fault : nil
                let error = index == self.theirs.messages.count - 1 ? self.theirs.fault : nil
                if mine.isComplete && other.isComplete {
                    if mine.body != other.body { return .unlike("body") }
                    // Nobody reads behind the last message.
                    if !mine.keepAlive || mine.isLast { return nil }
                } else {
                    return Self.bodies(mine, other, fault, error)
                }
            }
            index += 1
        }
    }

    private static func afterAll(_ fault: WireFault?, _ error: HTTPParserError?) -> Difference? {
        switch (fault, error) {
        case (nil, nil), (.some, .some): nil
        case (.some(let fault), nil): .weRefuse(fault)
        case (nil, .some): .weWait
        }
    }

    private static func heads(
        _ mine: Observation<WireFault>.Message,
        _ other: Observation<HTTPParserError>.Message
    ) -> Difference? {
        if mine.start != other.start { return .unlike("start line") }
        if mine.isHTTP10 != other.isHTTP10 { return .unlike("version") }
        if mine.keepAlive != other.keepAlive { return .unlike("keep-alive") }
        if mine.fields.count != other.fields.count { return .unlike("number of fields") }
        for (field, otherField) in zip(mine.fields, other.fields) where field != otherField { return .unlike("field") }
        return nil
    }

    /// At least one body is not complete.
    private static func bodies(
        _ mine: Observation<WireFault>.Message,
        _ other: Observation<HTTPParserError>.Message,
        _ fault: WireFault?,
        _ error: HTTPParserError?
    ) -> Difference? {
        switch (mine.isComplete, other.isComplete) {
        case (true, _): return error.map { .theyRefuse($0) } ?? .unlike("only we see the end")
        case (false, true): return fault.map { .weRefuse($0) } ?? .unlike("only they see the end")
        case (false, false):
            switch (fault, error) {
            case (.some, .some): return nil
            case (.some(let fault), nil): return .weRefuse(fault)
            case (nil, .some): return .weWait
            case (nil, nil): return mine.body == other.body ? nil : .unlike("unfinished body")
            }
        }
    }
}

@Suite("Beside NIOHTTP1 (llhttp)")
struct DifferentialTests {
    /// A debug build takes its time: the million is run in release, with this variable set to it.
    private static let cases: Int = {
        guard let text = getenv("MENSHEN_DIFFERENTIAL_CASES") else { return 40_000 }
        return Int(String(cString: text)) ?? 40_000
    }()

    @Test("every difference is listed with its reason", arguments: [1, 2, 3, 4] as [UInt64])
    func differences(_ seed: UInt64) {
        var found: [Difference: Int] = [:]
        var unlisted = 0
        var generator = CaseGenerator(seed: seed)
        for round in 0..<(Self.cases / 4) {
            let bytes = round % 3 == 0 ? generator.response() : generator.request()
            let kind: Kind = round % 3 != 0 ? .request : round % 2 == 0 ? .response : .responseToHead
            var comparison = Comparison(kind.ours(bytes), kind.theirs(bytes))
            guard var difference = comparison.difference() else { continue }
            if difference == .weWait {
                // They may refuse any byte at once, we judge a head when it is there: so give it an end.
                var completed = bytes
                completed.writeString("\r\n\r\n")
                comparison = Comparison(kind.ours(completed), kind.theirs(bytes))
                difference = comparison.difference() ?? .weWait
            }
            found[difference, default: 0] += 1
            guard let listed = Difference.listed[difference], listed.fits(comparison) else {
                unlisted += 1
                if unlisted <= 20 {
                    Issue.record(
                        "\(difference), seed \(seed), round \(round), \(kind): \(bytes.latin1.debugDescription)"
                    )
                }
                continue
            }
        }
        guard getenv("MENSHEN_DIFFERENTIAL_CASES") != nil else { return }
        for (difference, count) in found.sorted(by: { $0.key.description < $1.key.description }) {
            print("seed \(seed): \(count) times \(difference)")
        }
    }

    private enum Kind {
        case request, response, responseToHead

        func ours(_ bytes: ByteBuffer) -> Observation<WireFault> {
            switch self {
            case .request: OurReading.requests(bytes)
            case .response: OurReading.response(bytes, to: .get)
            case .responseToHead: OurReading.response(bytes, to: .head)
            }
        }

        func theirs(_ bytes: ByteBuffer) -> Observation<HTTPParserError> {
            switch self {
            case .request: NIOReading.requests(bytes)
            case .response: NIOReading.response(bytes, to: .GET)
            case .responseToHead: NIOReading.response(bytes, to: .HEAD)
            }
        }
    }
}
