"""The parts of the benchmark that compute: a wrong one gives a figure that nobody would doubt."""

import base64
import contextlib
import dataclasses
import hashlib
import hmac
import http.server
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import types
import unittest

from . import accounting, cases, check, client, conditions, goals, load, openloop, options, report, runner, service
from . import tokens, work, world


class TokenTests(unittest.TestCase):
    def test_signed_over_head_and_claims(self):
        head, claims, signature = tokens.sign(7).split(".")
        wanted = hmac.new(world.SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
        self.assertEqual(tokens.part(wanted).decode(), signature)
        self.assertEqual(json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"], world.ISSUER)

    def test_all_differ_and_none_in_length(self):
        made = {tokens.sign(number, now=1_800_000_000) for number in range(300)}
        self.assertEqual(len(made), 300)
        self.assertEqual(len({len(token) for token in made}), 1)


class ServiceTests(unittest.TestCase):
    def test_bodies_are_json_of_the_size_wanted(self):
        for size in (100, 1024, 65536):
            body = service.body(size)
            json.loads(body)
            self.assertEqual(len(body), size)


class OpenLoopTests(unittest.TestCase):
    def test_a_request_in_time_keeps_nobody_waiting(self):
        self.assertEqual(list(openloop.times(0, 999, 1000, 0, 9999)), [(True, 999, 0)])

    def test_each_missed_turn_is_a_sample(self):
        self.assertEqual(
            list(openloop.times(0, 3500, 1000, 0, 9999)),
            [(True, 3500, 0), (False, 2500, 1000), (False, 1500, 2000), (False, 500, 3000)])

    def test_what_was_due_within_the_measurement_counts_however_early_the_request_before_it_was_sent(self):
        self.assertEqual(list(openloop.times(0, 3500, 1000, 1500, 3000)), [(False, 1500, 500)])

    def test_no_connection_sends_faster_than_its_clock_ticks_and_none_ends_early(self):
        for rate in (500, 10_000, 12_800, 31_000, 70_000):
            connections, each = openloop.plan(rate, 2)
            self.assertLess(rate / connections, 100)
            self.assertLess(connections, 1000 * openloop.WARM_UP)
            self.assertGreater((each - 1) * connections / rate, 2 + openloop.WARM_UP)

    def test_percentiles(self):
        ordered = list(range(1000))
        self.assertEqual(openloop.percentile(ordered, 0.5), 500)
        self.assertEqual(openloop.percentile(ordered, 0.999), 999)
        self.assertEqual(openloop.percentile([4], 0.99), 4)

    def test_measures_what_was_sent_after_the_warm_up(self):
        # One request a millisecond, each as slow as its number says; h2load writes them down as they end.
        lines = [f"{5_000_000 + 1000 * number}\t200\t{number}" for number in range(4000)]
        found = openloop.measured(reversed(lines), 4000, 2, 1_000_000)
        self.assertEqual(found, [(True, number, 1000 * (number - 1000)) for number in range(1000, 3000)])

    def test_a_pause_in_one_window_is_not_in_the_others(self):
        # A thousand requests a second for two seconds; in 100 ms of them each takes long.
        found = [(True, 50_000 if 300 <= number < 400 else number % 100, 1000 * number) for number in range(2000)]
        self.assertEqual(openloop.percentile(sorted(time for _, time, _ in found), 0.99), 50_000)
        self.assertLess(openloop.window_p99(found), 100)

    def test_a_request_that_failed_or_was_lost_ends_the_run(self):
        for status in (-1, 401, 500):
            with self.assertRaises(world.Failure):
                openloop.measured(["5000000\t200\t300", f"5000001\t{status}\t300"], 2, 1, 10_000)
        with self.assertRaises(world.Failure):
            openloop.measured(["5000000\t200\t300"], 2, 1, 10_000)
        with self.assertRaises(world.Failure):
            openloop.measured([], 2, 1, 10_000)


class ClientTests(unittest.TestCase):
    def answer(self, data, split, status=200):
        """What a connection makes of two answers that arrive in pieces."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                accepted, _ = listener.accept()
                with accepted:
                    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for start in range(0, len(data), split):
                        accepted.sendall(data[start:start + split])

            thread = threading.Thread(target=serve)
            thread.start()
            try:
                with contextlib.closing(client.Connection(listener.getsockname()[1])) as connection:
                    connection.receive(status)
                    connection.receive(status)
                    self.assertEqual(connection.rest, b"")
            finally:
                thread.join(30)

    def test_reads_one_answer_at_any_split(self):
        sized = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
        chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        for split in (1, 7, 1000):
            self.answer(sized + chunked, split)

    def test_another_status_is_a_failure(self):
        refused = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"
        with self.assertRaisesRegex(world.Failure, "^not 200: "):
            self.answer(2 * refused, 1000)
        self.answer(2 * refused, 1000, 401)


def samples(*costs):
    return [types.SimpleNamespace(cost=cost) for cost in costs]


class GoalTests(unittest.TestCase):
    def test_ratios_are_of_rounds_and_leave_out_what_has_no_other_half(self):
        results = {"64": {"menshen": samples(8, 9, 100), "haproxy": samples(10, 1)}}
        self.assertEqual(goals.beside(results, "64", "cost", "haproxy"), [0.8, 9])
        self.assertEqual(goals.beside(results, "64", "cost", "envoy"), [])

    def test_the_median_round_is_judged_by_the_bound(self):
        for cost, is_met, within in ((8.5, True, 2), (8.6, False, 1)):
            results = {"64": {"menshen": samples(8, cost, 9), "haproxy": samples(10, 10, 10)}}
            goal, = goals.goals(results)
            self.assertEqual((goal.is_met, goal.rounds_met), (is_met, within))
            line, = (line for line in report.judged(results, None) if "0.85 ×" in line)
            verdict = "met, may be chance" if is_met else "not met"
            self.assertTrue(line.endswith(f"| {within} of 3 | {verdict} |"), line)

    def test_so_many_rounds_within_the_bound_are_no_chance(self):
        for within, count, verdict in (
            (1, 1, "met"), (4, 4, "met, may be chance"), (5, 5, "met"), (8, 10, "met, may be chance"), (9, 10, "met"),
            (14, 21, "met, may be chance"), (15, 21, "met"),
        ):
            figures = [0.9] * within + [1.1] * (count - within)
            self.assertEqual(goals.Goal("", figures, 1, "×").verdict, verdict, (within, count))

    def test_where_the_ratios_and_the_medians_disagree_it_is_undecided(self):
        # Ratios 0.5, 0.5 and 5; medians 10 over 2.
        results = {"64": {"menshen": samples(1, 10, 10), "haproxy": samples(2, 20, 2)}}
        goal, = goals.goals(results)
        self.assertEqual((goal.figure, goal.medians, goal.verdict), (0.5, 5, "undecided"))

    def test_what_cannot_be_judged_is_not(self):
        results = {"64": {"menshen": samples(8), "haproxy": samples(10)}}
        line, = (line for line in report.judged(results, "a reason") if "0.85 ×" in line)
        self.assertTrue(line.endswith("| not judged |"), line)

    def test_names_of_cases_are_their_own(self):
        self.assertEqual(len(set(cases.names())), len(cases.CASES) + len(cases.SPECIAL))


class OptionTests(unittest.TestCase):
    def refused(self, *words):
        """What is said of these words."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit) as exit_:
            options.parse(list(words))
        self.assertEqual(exit_.exception.code, 2)
        return said.getvalue()

    def test_what_cannot_be_is_refused(self):
        for words, said in (
            (["--cases="], "none named"),
            (["--peers", ","], "none named"),
            (["--cases", "65"], "unknown: 65"),
            (["--rounds", "0"], "1 at least"),
            (["--quick", "--at-most", "1"], "--quick only shows"),
            (["--quick", "--rounds", "3"], "one round of one second"),
            (["--at-most", "1", "--cases", "wrap,rate"], "one of the cases 64, 8"),
            (["--at-most", "1", "--cases", "8", "--seconds", "1"], "5 rounds at least"),
            (["--at-most", "nan"], "a ratio above 0"),
            (["--at-most", "1", "--peers", "menshen,envoy"], "haproxy"),
            (["--write", "--cases", "64"], "--write wants"),
            (["--write", "--rounds", "4"], "5 rounds at least"),
            (["--binary", "/bin"], "no file that can be run"),
            (["--binary", "/bin/true", "--peers", "nginx"], "not among the peers"),
            (["--cases", "wrap", "--peers", "nginx"], "none of the cases"),
        ):
            self.assertIn(said, self.refused(*words), words)

    def test_what_only_others_can_measure_is_left_out(self):
        chosen = options.parse(["--peers", "nginx", "--cases", "64,wrap"])
        self.assertEqual((chosen.cases, chosen.left_out), (["64"], ["wrap"]))

    def test_defaults_are_the_whole_run(self):
        chosen = options.parse([])
        self.assertEqual((chosen.cases, chosen.rounds, chosen.is_part), (cases.names(), options.ROUNDS, False))


class ConditionTests(unittest.TestCase):
    def unjudged(self, busy=(0, 0), stolen=0, used=0, broken_off="", words=()):
        machine = conditions.Conditions(
            date="", gateway="", processor="", kernel="", cores=2, arguments="", versions={}, busy=list(busy), stolen=stolen,
            used=used, broken_off=broken_off)
        return machine.unjudged(options.parse(list(words)))

    def test_a_whole_run_on_a_quiet_machine_can_judge(self):
        self.assertIsNone(self.unjudged(busy=(0.01, 0.04), stolen=0.04, used=0.09))

    def test_no_other_can(self):
        self.assertIn("before the run", self.unjudged(busy=(0, 0.06)))
        self.assertIn("other machines", self.unjudged(stolen=0.06))
        self.assertIn("while it was measured", self.unjudged(used=0.11))
        self.assertIn("4", self.unjudged(broken_off="4"))
        for words in (["--quick"], ["--rounds", "4"], ["--seconds", "1"], ["--rounds", "9", "--seconds", "1"]):
            self.assertIn("5 rounds at least", self.unjudged(words=words))
        self.assertIsNone(self.unjudged(words=["--rounds", "10", "--seconds", "1"]))

    def test_the_row_in_which_others_used_most_counts_by_its_median(self):
        def rows(*others):
            return [types.SimpleNamespace(others=share) for share in others]

        machine = conditions.Conditions("", "", "", "", 2, "", {}, [0, 0])
        machine.after(accounting.core_times(), {
            "64": {"menshen": rows(0.9, 0, 0), "haproxy": rows(0.02, 0.3, 0.2)}, "idle": {"menshen": [object()]}})
        self.assertEqual(machine.used, 0.2)

    def test_others_while_the_rate_was_fixed_count_too(self):
        self.assertIn("others", {field.name for field in dataclasses.fields(openloop.Latency)})
        self.assertIn("others", {field.name for field in dataclasses.fields(load.Sample)})

    def test_shares_of_the_cores(self):
        before, after = {"0": (10, 100, 1), "1": (0, 100, 0)}, {"0": (60, 200, 11), "1": (0, 200, 10)}
        self.assertEqual(accounting.busy(before, after, "0"), 0.5)
        self.assertEqual(accounting.stolen(before, after, ("0", "1")), 0.1)


class WorkTests(unittest.TestCase):
    """A proxy of which it has to be seen that it does not do the work."""

    GOOD = {"user": world.SUBJECT, "authorization": ""}

    def checked(self, name, verdict):
        """What is said of a proxy that answers a token and x-user-id so; None where nothing is."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = verdict((self.headers["authorization"] or "").removeprefix("Bearer "), self.headers["x-user-id"])
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                work.check(types.SimpleNamespace(name=name, port=server.server_port))
                return None
            except world.Failure as failure:
                return str(failure)
            finally:
                server.shutdown()
                thread.join(30)

    def is_good(self, token):
        try:
            head, claims, signature = token.split(".")
            read = json.loads(base64.urlsafe_b64decode(claims + "=="))
        except ValueError:
            return False
        wanted = hmac.new(world.SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
        return (tokens.part(wanted).decode() == signature and read["iss"] == world.ISSUER
                and read["exp"] > time.time())

    def test_one_that_does_it_is_let_pass(self):
        self.assertIsNone(self.checked("haproxy", lambda token, _: (200, self.GOOD) if self.is_good(token) else (401, {})))

    def test_one_that_checks_nothing_is_not_unless_it_is_the_floor(self):
        self.assertIn("no token gets 200", self.checked("haproxy", lambda token, _: (200, self.GOOD)))
        self.assertIsNone(self.checked("nginx", lambda token, _: (200, self.GOOD)))

    def test_one_that_passes_on_a_forged_name_or_the_token_is_not(self):
        for wrong in ({"user": "somebody else", "authorization": ""}, {**self.GOOD, "authorization": "Bearer x"}):
            said = self.checked("envoy", lambda token, user: (200, wrong if user else self.GOOD))
            self.assertIn("not turned into x-user-id alone", said)

    def test_each_wrong_token_has_to_be_refused(self):
        taken = {
            "a broken signature": lambda token: token.count(".") == 2 and self.claims(token)["exp"] > time.time()
            and self.claims(token)["iss"] == world.ISSUER and token.split(".")[2] != "",
            "an old token": lambda token: token != "" and self.claims(token)["exp"] < time.time() or self.is_good(token),
            "another issuer's token": lambda token: token != "" and self.claims(token)["iss"] != world.ISSUER
            or self.is_good(token),
            "an unsigned token": lambda token: token.endswith(".") or self.is_good(token),
        }
        for label, is_taken in taken.items():
            said = self.checked("haproxy", lambda token, _: (200, self.GOOD) if is_taken(token) else (401, {}))
            self.assertIn(f"{label} gets 200", said or "")

    def claims(self, token):
        return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


class ReportTests(unittest.TestCase):
    def test_over_haproxy_is_the_proxy_over_it(self):
        results = {"64": {"menshen": samples(8, 9, 10), "haproxy": samples(10, 10, 10)}}
        self.assertEqual(report.over_haproxy(results, "64", "menshen"), "0.90")
        self.assertEqual(report.over_haproxy(results, "64", "nginx"), "")

    def test_what_did_not_fill_its_core_stands_in_brackets(self):
        for share, shown in ((0.95, "1,000"), (0.85, "(1,000)")):
            self.assertEqual(report.rate([types.SimpleNamespace(rate=1000, proxy_core=share)]), shown)

    def test_rounds_alternate(self):
        self.assertEqual([list(runner.alternate("ab", number)) for number in range(2)], [["a", "b"], ["b", "a"]])

    def test_cost_is_user_and_kernel(self):
        values = {field.name: 0 for field in dataclasses.fields(load.Sample)} | {"user": 3, "kernel": 4}
        self.assertEqual(load.Sample(**values).cost, 7)

    def test_the_other_side_costs_its_share_of_a_core_over_the_rate(self):
        values = {field.name: 0 for field in dataclasses.fields(load.Sample)} | {"load_core": 0.5, "rate": 50_000}
        self.assertAlmostEqual(load.Sample(**values).load_cost, 10)

    def test_a_busy_loop_costs_what_it_takes(self):
        user, kernel = accounting.processor_time(os.getpid())
        begun = time.process_time()
        while time.process_time() < begun + 0.3:
            sum(range(100_000))
        user_after, kernel_after = accounting.processor_time(os.getpid())
        self.assertAlmostEqual(user_after - user + kernel_after - kernel, 0.3, delta=0.1)
        self.assertGreater(user_after - user, kernel_after - kernel)


class SignalTests(unittest.TestCase):
    # Starts a process of its own, says so, and waits.
    PROGRAM = """
import contextlib, signal, subprocess, sys, threading
from bench import world
# Whoever started the tests may have had them ignored: nohup one, a shell's background another.
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
def work():
    process = subprocess.Popen(["sleep", "600"])
    with contextlib.ExitStack() as stack:
        stack.callback(world.stop, process)
        print(process.pid, flush=True)
        threading.Event().wait()
sys.exit(world.end("bench", work))
"""

    def test_the_first_signal_ends_what_was_started(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with subprocess.Popen(
                [sys.executable, "-c", self.PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={**os.environ, "PYTHONPATH": str(world.HERE)}
            ) as process:
                started = int(process.stdout.readline())
                process.send_signal(number)
                try:
                    _, said = process.communicate(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    os.kill(started, signal.SIGKILL)
                    raise
            self.assertEqual(process.returncode, 128 + number)
            self.assertEqual(said, f"bench: stopped by {number.name}\n")
            with self.assertRaises(ProcessLookupError):
                os.kill(started, 0)


class CheckTests(unittest.TestCase):
    def failed(self, value, threshold, unit):
        with contextlib.redirect_stdout(io.StringIO()):
            return check.compare("", {"x": value}, {} if threshold is None else {"x": threshold}, unit)

    def test_two_percent_for_instructions_and_none_for_allocations(self):
        self.assertEqual(self.failed(1020, 1000, "instructions"), [])
        self.assertEqual(self.failed(1021, 1000, "instructions"), ["x"])
        self.assertEqual(self.failed(2.4, 2.5, "allocations"), [])
        self.assertEqual(self.failed(2.6, 2.5, "allocations"), ["x"])

    def test_what_has_no_threshold_fails(self):
        self.assertEqual(self.failed(1, None, "instructions"), ["x"])


if __name__ == "__main__":
    unittest.main()
