import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import HTTPWire

/// What one parser saw in some bytes, as far as both parsers can say it.
struct Observation<Fault: Sendable>: Sendable {
    struct Message: Sendable {
        /// Method and target of a request, or status of a response.
        var start = ""
        var isHTTP10 = false
        var keepAlive = true
        var fields: [(name: String, value: String)] = []
        var body = ByteBuffer()
        var isComplete = false
        /// A value ends in a tab: llhttp keeps it and does not recognise what it means.
        var hasTabAtEnd = false
        /// Nothing is read behind this message.
        var isLast = false
    }

    var messages: [Message] = []
    var fault: Fault?
}

/// Runs our own parsers over a whole input.
enum OurReading {
    static func requests(_ bytes: ByteBuffer) -> Observation<WireFault> {
        var seen = Observation<WireFault>()
        var buffer = bytes
        var parser = RequestParser()
        var head = RequestHead()
        while true {
            switch parser.parse(&buffer, into: &head) {
            case .needMore: return seen
            case .fault(let fault):
                seen.fault = fault
                return seen
            case .head:
                var message = Observation<WireFault>.Message()
                message.start = "\(head.arena.utf8(head.methodName)) \(head.arena.utf8(head.target))"
                message.isHTTP10 = head.version == .http10
                message.keepAlive = head.keepAlive
                message.fields = head.fields.map { (head.arena.utf8($0.name), head.arena.utf8($0.value)) }
                guard self.body(&message, &seen, &buffer, head.framing) else { return seen }
            }
        }
    }

    static func response(_ bytes: ByteBuffer, to method: HTTPWire.HTTPMethod) -> Observation<WireFault> {
        var seen = Observation<WireFault>()
        var buffer = bytes
        var parser = ResponseParser()
        var head = ResponseHead()
        while true {
            switch parser.parse(&buffer, requestMethod: method, into: &head) {
            case .needMore: return seen
            case .fault(let fault):
                seen.fault = fault
                return seen
            case .head:
                var message = Observation<WireFault>.Message()
                message.start = "\(head.status)"
                message.isHTTP10 = head.version == .http10
                message.fields = head.fields.map { (head.arena.utf8($0.name), head.arena.utf8($0.value)) }
                message.keepAlive = head.keepAlive && head.framing != .untilClose
                message.isLast = !head.isInformational || head.status == 101
                guard self.body(&message, &seen, &buffer, head.framing), !message.isLast else { return seen }
            }
        }
    }

    /// - Returns: whether the body is complete.
    private static func body(
        _ message: inout Observation<WireFault>.Message,
        _ seen: inout Observation<WireFault>,
        _ buffer: inout ByteBuffer,
        _ framing: BodyFraming
    ) -> Bool {
        var decoder = BodyDecoder(framing: framing)
        while true {
            switch decoder.next(&buffer) {
            case .data(var data): message.body.writeBuffer(&data)
            case .needMore:
                seen.messages.append(message)
                return false
            case .end:
                message.isComplete = true
                seen.messages.append(message)
                return true
            case .fault(let fault):
                seen.fault = fault
                seen.messages.append(message)
                return false
            }
        }
    }
}

extension ByteBuffer {
    /// Broken UTF-8 repaired as NIOHTTP1 does it.
    fileprivate func utf8(_ slice: ByteSlice) -> String {
        self.getString(at: self.readerIndex + Int(slice.start), length: Int(slice.count)) ?? ""
    }
}

/// llhttp leaves white space at the end of a value, which is no part of it (RFC 9110 section 5.5).
private func trimmed(_ value: String) -> String {
    guard let last = value.utf8.last, last == 0x20 || last == 0x09 else { return value }
    var bytes = Substring(value)
    while let last = bytes.utf8.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
    return String(bytes)
}

/// Runs NIOHTTP1, which is llhttp, over a whole input.
enum NIOReading {
    static func requests(_ bytes: ByteBuffer) -> Observation<HTTPParserError> {
        let collector = Collector<HTTPServerRequestPart> { part, message in
            switch part {
            case .head(let head):
                message.start = "\(head.method.rawValue) \(head.uri)"
                message.isHTTP10 = head.version.minor == 0
                message.keepAlive = head.isKeepAlive
                message.fields = head.headers.map { ($0.name, trimmed($0.value)) }
                message.hasTabAtEnd = head.headers.contains { $0.value.utf8.last == 0x09 }
                return .head
            case .body(var data):
                message.body.writeBuffer(&data)
                return .body
            case .end: return .end
            }
        }
        let channel = EmbeddedChannel(
            handlers: [ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)), collector])
        channel.pipeline.fireChannelRead(bytes)
        let seen = collector.seen
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return seen
    }

    static func response(_ bytes: ByteBuffer, to method: NIOHTTP1.HTTPMethod) -> Observation<HTTPParserError> {
        let collector = Collector<HTTPClientResponsePart> { part, message in
            switch part {
            case .head(let head):
                message.start = "\(head.status.code)"
                message.isHTTP10 = head.version.minor == 0
                message.keepAlive = head.isKeepAlive
                message.fields = head.headers.map { ($0.name, trimmed($0.value)) }
                message.hasTabAtEnd = head.headers.contains { $0.value.utf8.last == 0x09 }
                return (100..<200).contains(head.status.code) && head.status.code != 101 ? .informational : .head
            case .body(var data):
                message.body.writeBuffer(&data)
                return .body
            case .end: return .end
            }
        }
        let decoder = HTTPResponseDecoder(
            leftOverBytesStrategy: .dropBytes,
            informationalResponseStrategy: .forward
        )
        let channel = EmbeddedChannel(handlers: [ByteToMessageHandler(decoder), collector])
        let request = HTTPRequestHead(version: .http1_1, method: method, uri: "/")
        channel.write(HTTPClientRequestPart.head(request), promise: nil)
        channel.pipeline.fireChannelRead(bytes)
        let seen = collector.seen
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return seen
    }

    fileprivate enum Kind { case head, informational, body, end }

    fileprivate final class Collector<Part>: ChannelInboundHandler {
        typealias InboundIn = Part
        typealias Message = Observation<HTTPParserError>.Message

        var seen = Observation<HTTPParserError>()
        private let read: (Part, inout Message) -> Kind

        init(_ read: @escaping (Part, inout Message) -> Kind) {
            self.read = read
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard self.seen.fault == nil else { return }
            let part = self.unwrapInboundIn(data)
            var fresh = Message()
            switch self.read(part, &fresh) {
            case .head: self.seen.messages.append(fresh)
            case .informational:
                fresh.isComplete = true
                self.seen.messages.append(fresh)
            case .body:
                guard !self.seen.messages.isEmpty else { return }
                _ = self.read(part, &self.seen.messages[self.seen.messages.count - 1])
            case .end:
                guard !self.seen.messages.isEmpty else { return }
                self.seen.messages[self.seen.messages.count - 1].isComplete = true
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if self.seen.fault == nil { self.seen.fault = error as? HTTPParserError ?? .unknown }
        }
    }
}
