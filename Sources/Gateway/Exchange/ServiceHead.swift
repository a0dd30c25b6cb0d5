import Configuration
import HTTPWire
import NIOCore

/// Writes the head of a request as its service gets it.
enum ServiceHead {
    private static let uncoded = FieldBlock(("accept-encoding", "identity"))

    /// Writes the head over what is in the buffer.
    ///
    /// - Parameters:
    ///   - path: rewritten and in normal form.
    ///   - identityToken: the value of `x-identity-token`; nil: the service gets none.
    static func write(
        _ head: borrowing RequestHead,
        path: Span<UInt8>,
        _ route: CompiledRoute,
        to target: UpstreamTarget,
        identityToken: [UInt8]?,
        _ exchange: Exchange,
        into buffer: inout ByteBuffer
    ) {
        let worker = exchange.worker
        let request = exchange.request
        let isTrusted = exchange.isPeerTrusted
        buffer.clear()
        worker.writeForwardingFields(
            head,
            peer: exchange.peer,
            isTrusted: isTrusted,
            client: request.clientAddress,
            requestID: request.id
        )
        if route.success == .wrap {
            // A coded or partial body cannot be wrapped.
            worker.extraFields.append(uncoded)
        }
        if !route.cluster.reusesConnections, request.rareState?.upgrade == nil {
            // The server must not look for a second request, least of all in a body that it did not read.
            worker.extraFields.append("connection", "close")
        }
        if let identityToken {
            worker.extraFields.append("x-identity-token", identityToken.span)
        }
        if let rareState = request.rareState {
            if let phone = rareState.phone {
                worker.extraFields.append("x-user-phone", phone.span)
            }
            worker.extraFields.append(rareState.ruled.request)
            if let offer = rareState.upgrade { UpgradePhase.write(offer, into: &worker.extraFields) }
        }
        let host = target.address.authority
        let identity = request.identity
        let identityText = identity?.text ?? []
        HeadWriter.writeRequestHead(
            into: &buffer,
            from: head,
            target: path,
            host: host.span,
            policy: exchange.snapshot.settings.policy(
                isTrusted: isTrusted,
                // A token that nobody vouches for must not look as if the gateway did.
                keepsToken: route.forwardToken && (request.isHeaderTokenGood || route.auth == .none),
                wraps: route.success == .wrap
            ),
            identity: identityText.span.bytes.extracting(0..<(identity?.serviceFieldsCount ?? 0)),
            extra: worker.extraFields,
            framing: request.framing
        )
    }
}
