// `sweep --slurm` on a real Slurm of one node, which the test starts in a folder of its own: as
// root, with Debian's slurm-wlm.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 300; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

// munged, slurmctld and slurmd, as long as it lives, and no longer than the test.
class Cluster {
 public:
  Cluster() {
    const std::string host = test::run_command("hostname -s | tr -d '\\n'").text,
                      at = folder_.path().string();
    fs::create_directory(folder_.path() / "state");
    fs::create_directory(folder_.path() / "spool");
    test::run_command("head -c 1024 /dev/urandom >key && chmod 600 key", folder_.path());
    write_file(
        conf(),
        fmt::format(
            "ClusterName=rowcast\nSlurmctldHost={0}(127.0.0.1)\nSlurmctldPort={1}\nSlurmdPort={2}\n"
            "SlurmUser=root\nSlurmdUser=root\nAuthType=auth/munge\nAuthInfo=socket={3}/socket\n"
            "CredType=cred/munge\nStateSaveLocation={3}/state\nSlurmdSpoolDir={3}/spool\n"
            "SlurmctldPidFile={3}/ctld.pid\nSlurmdPidFile={3}/d.pid\nSlurmctldLogFile={3}/"
            "ctld.log\n"
            "SlurmdLogFile={3}/d.log\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
            "MpiDefault=none\nSelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\n"
            "ReturnToService=2\nKillWait=1\nSchedulerParameters=batch_sched_delay=0,"
            "sched_min_interval=0\nNodeName={0} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n"
            "PartitionName=p Nodes={0} Default=YES State=UP\n",
            host, free_port(), free_port(), at));
    ::setenv("SLURM_CONF", conf().c_str(), 1);
    start({"munged", "--foreground", "--force", "--key-file=" + at + "/key",
           "--socket=" + at + "/socket", "--pid-file=" + at + "/munge.pid",
           "--log-file=" + at + "/munge.log", "--seed-file=" + at + "/munge.seed"});
    eventually([&] { return fs::exists(folder_.path() / "socket"); });
    start({"slurmctld", "-D"});
    start({"slurmd", "-D"});
    up_ = eventually(
        [] { return test::run_command("sinfo --noheader --format=%T").text.find("idle") == 0; });
  }
  ~Cluster() {
    for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
      ::kill(*child, SIGTERM);
      int status = 0;
      if (!eventually([&] { return ::waitpid(*child, &status, WNOHANG) == *child; })) {
        ::kill(*child, SIGKILL);
        ::waitpid(*child, &status, 0);
      }
    }
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  bool up() const { return up_; }
  // What its daemons say, for a failure.
  std::string logs() const { return test::run_command("tail -n 20 -v *.log", folder_.path()).text; }

 private:
  fs::path conf() const { return folder_.path() / "slurm.conf"; }

  void start(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t parent = ::getpid(), child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (::getppid() != parent) ::_exit(1);
      if (!std::freopen("/dev/null", "w", stdout) || !std::freopen("/dev/null", "w", stderr))
        ::_exit(1);
      ::execvp(argv[0], argv.data());
      ::_exit(127);
    }
    children_.push_back(child);
  }

  TempFolder folder_;
  std::vector<pid_t> children_;
  bool up_ = false;
};

class SweepSlurm : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (can_run()) cluster_ = new Cluster;
  }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  void SetUp() override {
    if (!can_run())
      GTEST_SKIP() << "a Slurm of its own needs root, munged, slurmctld and slurmd (slurm-wlm)";
    ASSERT_TRUE(cluster_->up()) << cluster_->logs();
  }

  static bool can_run() {
    return ::geteuid() == 0 &&
           test::run_command("command -v munged slurmctld slurmd sbatch").status == 0;
  }

  test::CommandResult sweep(const std::string& arguments) {
    return test::run_command(fmt::format("'{}' sweep {} {}", ROWCAST_BINARY, designs_, arguments),
                             folder_.path());
  }
  std::string queue() { return test::run_command("squeue --noheader").text; }

  static inline Cluster* cluster_ = nullptr;
  const TempFolder folder_;
  std::string designs_ =
      "--networks mobilenet_v2,mnasnet_b1 --variants half,baseline --elements 256,4096";
};

TEST_F(SweepSlurm, merges_a_job_array_into_the_bytes_of_one_program) {
  // A folder whose name a shell and sbatch would have their own thoughts about.
  const std::string resume = "--resume \"it's %a\\$(touch pwned)\" ";
  const test::CommandResult array = sweep(resume + "--slurm --tasks 5 --json a.json --csv a.csv");
  ASSERT_EQ(array.status, 0) << array.text << cluster_->logs();
  const test::CommandResult local = sweep("--json b.json --csv b.csv");
  EXPECT_EQ(array.text, local.text);
  for (const char* end : {".json", ".csv"})
    EXPECT_EQ(read_file(folder_.path() / (std::string("a") + end)),
              read_file(folder_.path() / (std::string("b") + end)));
  EXPECT_FALSE(fs::exists(folder_.path() / "pwned"));
  // The tasks have done it: each has a file for what it says, which is nothing.
  for (int task = 0; task < 5; ++task)
    EXPECT_EQ(read_file(folder_.path() / fmt::format("it's %a$(touch pwned)/slurm_{}.txt", task)),
              "");
  // All is there: nothing is submitted, and nothing is asked of Slurm.
  EXPECT_EQ(test::run_command(fmt::format("SLURM_CONF=/no '{}' sweep {} {} --slurm --tasks 5",
                                          ROWCAST_BINARY, designs_, resume),
                              folder_.path())
                .text,
            local.text);
}

TEST_F(SweepSlurm, takes_up_what_a_kill_of_the_program_and_of_tasks_left) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const test::CommandResult local = sweep("--json b.json");
  for (int round = 0; round < 2; ++round) {
    const std::string slurm = fmt::format("--resume r{} --slurm --tasks 6", round);
    const test::CommandResult killed =
        test::run_command(fmt::format("timeout -s KILL 0.{} '{}' sweep {} {} --json a.json",
                                      2 + random() % 6, ROWCAST_BINARY, designs_, slurm),
                          folder_.path());
    EXPECT_EQ(killed.status, 137);
    // A killed program can not cancel its array.
    test::run_command(
        "sleep 0.2; scancel --signal=KILL --full --state=RUNNING --user=root; "
        "sleep 0.1; scancel --user=root");
    EXPECT_FALSE(fs::exists(folder_.path() / "a.json"));
    const test::CommandResult again = sweep(slurm + " --json a.json");
    ASSERT_EQ(again.status, 0) << again.text << cluster_->logs();
    EXPECT_EQ(again.text, local.text);
    EXPECT_EQ(read_file(folder_.path() / "a.json"), read_file(folder_.path() / "b.json"));
    fs::remove(folder_.path() / "a.json");
  }
}

TEST_F(SweepSlurm, says_what_is_missing_where_tasks_are_cancelled_and_does_the_rest_later) {
  std::thread cancels([&] {
    eventually([&] { return !queue().empty(); });
    test::run_command("scancel --user=root");
  });
  const test::CommandResult result = sweep("--resume r --slurm --tasks 3 --json a.json");
  cancels.join();
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text, testing::ContainsRegex("error: --slurm: [0-9]+ of 36 chunks are missing "
                                                  "after the job array has ended"));
  EXPECT_FALSE(fs::exists(folder_.path() / "a.json"));
  EXPECT_EQ(sweep("--resume r --slurm --tasks 3").text, sweep("").text);
}

TEST_F(SweepSlurm, cancels_its_array_when_it_is_interrupted) {
  const test::CommandResult result = test::run_command(
      fmt::format("timeout -s INT 0.3 '{}' sweep {} --resume r --slurm --tasks 36", ROWCAST_BINARY,
                  designs_),
      folder_.path());
  EXPECT_NE(result.status, 0);
  EXPECT_TRUE(eventually([&] { return queue().empty(); })) << queue();
  // It may have been interrupted before there was a folder.
  fs::create_directories(folder_.path() / "r");
  size_t chunks = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path() / "r"))
    chunks += entry.path().filename().string().starts_with("chunk_");
  EXPECT_LT(chunks, 36u);
}

TEST_F(SweepSlurm, says_so_where_there_is_no_slurm) {
  const auto run = [&](const std::string& environment, const std::string& folder) {
    return test::run_command(fmt::format("{} '{}' sweep --array 4 --networks mobilenet_v1 "
                                         "--resume {} --slurm",
                                         environment, ROWCAST_BINARY, folder),
                             folder_.path());
  };
  const test::CommandResult none = run("PATH=/no", "a");
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(none.text,
            "error: --slurm: sbatch can not be run, Slurm's commands are needed (Debian package "
            "slurm-client)\n");
  const test::CommandResult refused = run("env -u SLURM_CONF", "b");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.text, HasSubstr("error: --slurm: sbatch refuses the job array: sbatch: "));
}

}  // namespace
}  // namespace rowcast
