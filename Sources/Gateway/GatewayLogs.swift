/// What a gateway writes, and who writes it.
struct GatewayLogs: Sendable {
    /// What the logger writes to; nil where it is not known.
    let operators: LogWriter?
    /// The operators' log, for lines that clients or services can cause.
    let limited: LimitedLog
    /// Nil: there is no access log.
    let access: AccessLogWriter?
}
