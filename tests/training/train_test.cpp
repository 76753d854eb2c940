// Training as a whole, on bars in four directions: what is learnt, checkpoints, what goes wrong.
#include "sim/training/train.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <numbers>
#include <random>

#include "generator/files.h"
#include "sim/dataset/values.h"
#include "sim/torch/trainable.h"
#include "tests/training/bars.h"
#include "tests/training/networks.h"
#include "tests/unit/problems.h"

namespace rowcast::training {
namespace {

namespace fs = std::filesystem;
using test::problems_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using torch::Tensor;

onnx::Graph network(const std::string& variant = "baseline", uint64_t seed = 1) {
  return onnx::resolve(
      initial_model(test::small_network("[1, 12, 12]", test::kBarBlocks, variant), seed), "small");
}

// So that a few steps learn much.
Recipe quick(int epochs) {
  Recipe recipe;
  recipe.epochs = epochs;
  recipe.batch = 32;
  recipe.rate = 0.2;
  recipe.augmentation = {.shift = 1, .flip = false, .cutout = 3};
  return recipe;
}

Job job_of(onnx::Graph graph, int epochs, int images = 256) {
  Job job;
  job.graph = std::move(graph);
  job.data = test::bars_pair(images, 200);
  job.recipe = quick(epochs);
  return job;
}

// Weights of the network's FuSe layer's K×K kernels and adapters, from -1 to 1.
Scaffold scaffold_of(const onnx::Graph& graph) {
  const auto fuse = std::ranges::find(graph.operations, "Concat",
                                      [](const auto& operation) { return operation.node.op; });
  std::mt19937 random(8);
  std::uniform_real_distribution<float> value(-1, 1);
  const auto values = [&](size_t count) {
    std::vector<float> values(count);
    for (float& each : values) each = value(random);
    return values;
  };
  const auto channels = static_cast<size_t>(graph.values[fuse->outputs[0]].dims[1]);
  return {.layers = {{fuse->node.name, {values(channels * 25), values(125), values(125)}}},
          .first = 0.6,
          .until = 0.8};
}

bool same_numbers(const onnx::Graph& a, const onnx::Graph& b) {
  return std::ranges::equal(a.values, b.values, [](const auto& x, const auto& y) {
    return x.name == y.name && x.constant == y.constant;
  });
}

// But for the seconds that it took.
void expect_same(const std::vector<Epoch>& a, const std::vector<Epoch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].number, b[i].number);
    EXPECT_EQ(a[i].loss, b[i].loss);
    EXPECT_EQ(a[i].rate, b[i].rate);
    EXPECT_EQ(a[i].training_accuracy, b[i].training_accuracy);
    EXPECT_EQ(a[i].test_accuracy, b[i].test_accuracy);
  }
}

// The share of images that the plain loops of onnx::evaluate answer rightly.
double accuracy_by_plain_loops(const onnx::Graph& graph, const DataPair& data) {
  int right = 0;
  for (int i = 0; i < data.test.count; ++i) {
    std::vector<float> image(data.test.image_size());
    image_values(data.test, i, {data.mean, data.deviation}, image);
    const auto answers = onnx::evaluate(
        graph, {{onnx::Type::kFloat, graph.values[graph.inputs[0]].dims, image, {}}});
    const std::vector<float>& scores = answers[graph.outputs[0]].constant->reals;
    right += std::ranges::max_element(scores) - scores.begin() == data.test.labels[i];
  }
  return static_cast<double>(right) / data.test.count;
}

TEST(Train, learns_what_it_is_shown_and_answers_images_that_it_has_not_seen) {
  for (const char* variant : {"baseline", "half", "full"}) {
    SCOPED_TRACE(variant);
    const Job job = job_of(network(variant), 8, 512);
    const Trained trained = train(job);
    ASSERT_EQ(trained.curve.size(), 8u);
    EXPECT_LT(trained.curve.back().loss, 0.5 * trained.curve.front().loss);
    EXPECT_GT(trained.curve.back().test_accuracy, 0.8);  // chance is 0.25
    EXPECT_EQ(accuracy_by_plain_loops(trained.graph, job.data), trained.curve.back().test_accuracy);
  }
}

TEST(Train, the_rate_rises_over_the_warm_up_and_falls_as_a_cosine) {
  Job job = job_of(network(), 4, 64);
  job.recipe.warm_up = 1.5;
  std::vector<double> rates;
  for (const Epoch& epoch : train(job).curve) rates.push_back(epoch.rate);
  // Two steps in an epoch, eight in all, of which three are the warm-up; the second of each shows.
  ASSERT_EQ(rates.size(), 4u);
  const auto cosine = [](double at) { return 0.2 * (1 + std::cos(std::numbers::pi * at / 5)) / 2; };
  EXPECT_DOUBLE_EQ(rates[0], 0.2 * 2 / 3);
  for (int i = 1; i < 4; ++i) EXPECT_DOUBLE_EQ(rates[i], cosine(2 * i + 1 - 3));
}

// One step on all images, from the definitions.
TEST(Train, a_step_is_nesterovs_of_the_losses_gradient_and_weights_alone_decay) {
  const onnx::Graph teacher = network("baseline", 5);
  for (const bool taught : {false, true}) {
    SCOPED_TRACE(taught ? "with a teacher" : "without");
    Job job = job_of(network("half"), 1, 40);
    job.recipe.batch = 40;
    job.recipe.rate = 0.05, job.recipe.momentum = 0.8, job.recipe.weight_decay = 0.02;
    job.recipe.warm_up = 0;
    job.recipe.augmentation = {.shift = 0, .flip = false, .cutout = 0};
    job.recipe.distillation = 0.3, job.recipe.temperature = 2.5;
    if (taught) job.teacher = teacher;
    const Trained trained = train(job);

    std::vector<float> pixels(job.data.train.pixels.size());
    image_values(job.data.train, 0, {job.data.mean, job.data.deviation}, pixels);
    const Tensor images = torch::tensor(pixels).reshape({40, 1, 12, 12});
    const Tensor labels = torch::tensor(
        std::vector<int64_t>(job.data.train.labels.begin(), job.data.train.labels.end()));
    Trainable expected(job.graph);
    const Tensor outputs = expected.forward(images, true).to(torch::kDouble);
    Tensor loss = -outputs.log_softmax(1).gather(1, labels.unsqueeze(1)).mean();
    if (taught) {
      const Tensor answers = Trainable(teacher).forward(images, false).detach().to(torch::kDouble);
      const Tensor p = (answers / 2.5).softmax(1), q = (outputs / 2.5).softmax(1);
      loss = 0.7 * loss + 0.3 * 2.5 * 2.5 * (p * (p.log() - q.log())).sum(1).mean();
    }
    EXPECT_NEAR(trained.curve[0].loss, loss.item<double>(), 1e-5);
    loss.backward();
    const Trainable found(trained.graph);
    for (const auto& [name, before] : expected.parameters()) {
      const bool decays = name.ends_with(".weight");
      const Tensor g = before.grad() + (decays ? 0.02 : 0.0) * before.detach();
      const Tensor after = before.detach() - 0.05 * (g + 0.8 * g);
      const Tensor is = Trainable(trained.graph).parameters().at(name).detach();
      EXPECT_LE((is - after).abs().max().item<double>(),
                1e-4 * std::max(0.1, (0.05 * g).abs().max().item<double>()))
          << name;
    }
  }
}

TEST(Train, a_teachers_answers_are_learnt_where_they_are_all_of_the_loss) {
  Job job = job_of(network(), 8, 512);
  const onnx::Graph teacher = train(job).graph;
  // Labels say nothing.
  Job taught = job_of(network("half", 3), 8, 512);
  for (int& label : taught.data.train.labels) label = 0;
  taught.teacher = teacher;
  taught.recipe.distillation = 1;
  EXPECT_GT(train(taught).curve.back().test_accuracy, 0.7);
  taught.recipe.distillation = 0;
  EXPECT_LT(train(taught).curve.back().test_accuracy, 0.4);
}

TEST(Train, a_scaffolded_network_is_at_the_end_what_its_graph_says) {
  Job job = job_of(network("half"), 8, 512);
  job.scaffold = scaffold_of(job.graph);
  const Trained trained = train(job);
  EXPECT_GT(trained.curve.back().test_accuracy, 0.7);
  // As it was in training, with adapters, and as plain FuSe without them.
  EXPECT_EQ(accuracy_by_plain_loops(trained.graph, job.data), trained.curve.back().test_accuracy);
  EXPECT_EQ(trained.graph.operations.size(), job.graph.operations.size());

  const Trainable with(job.graph, *job.scaffold);
  const Trainable without(with.graph());
  torch::manual_seed(2);
  const Tensor images = torch::randn({5, 1, 12, 12});
  const Tensor outputs = with.forward(images, false);
  EXPECT_LE((outputs - without.forward(images, false)).abs().max().item<double>(),
            1e-5 * outputs.abs().max().item<double>());
}

TEST(Train, a_scaffold_of_a_layer_that_there_is_not_is_refused) {
  Job job = job_of(network("half"), 1, 32);
  job.scaffold = scaffold_of(job.graph);
  job.scaffold->layers.emplace("nowhere", ScaffoldedLayer{});
  EXPECT_THAT(problems_of([&] { train(job); }),
              ElementsAre("small: 'nowhere' is no FuSe layer, which alone can be scaffolded"));
}

// ---------------------------------------------------------------- checkpoints

struct Killed {};

class Checkpoint : public testing::Test {
 protected:
  const TempFolder folder_;
  const fs::path file_ = folder_.path() / "run.checkpoint";

  Job job(int epochs = 4) {
    Job job = job_of(network("half"), epochs, 128);
    job.checkpoint = file_;
    job.settings = "network = small\nrate = 0.2\nseed = 1\n";
    return job;
  }
  // Ends at this step, or this epoch's end where step is 0.
  static void kill(Job job, int epoch, int64_t step) {
    job.on_step = [=](int at, int64_t done, int64_t, double) {
      if (at == epoch && done == step) throw Killed();
    };
    job.on_epoch = [=](const std::vector<Epoch>& curve) {
      if (step == 0 && curve.back().number == epoch) throw Killed();
    };
    EXPECT_THROW(train(job), Killed);
  }
  // An epoch's checkpoint.
  std::string kept() {
    kill(job(), 1, 0);
    return read_file(file_);
  }
  void expect_refused(const Job& job, const testing::Matcher<std::string>& problem) {
    const std::string before = read_file(file_);
    EXPECT_THAT(problems_of([&] { train(job); }), ElementsAre(problem));
    EXPECT_EQ(read_file(file_), before);
  }
};

TEST_F(Checkpoint, a_resumed_run_equals_an_uninterrupted_one_bit_for_bit) {
  const onnx::Graph teacher = network("baseline", 5);
  for (const char* how : {"plain", "taught", "scaffolded"}) {
    SCOPED_TRACE(how);
    Job whole = job();
    if (how == std::string("taught")) whole.teacher = teacher;
    if (how == std::string("scaffolded")) whole.scaffold = scaffold_of(whole.graph);
    const Trained uninterrupted = train(whole);
    fs::remove(file_);
    kill(whole, 1, 2);  // before there is a checkpoint
    EXPECT_FALSE(fs::exists(file_));
    kill(whole, 1, 0);
    kill(whole, 2, 3);
    kill(whole, 3, 0);
    kill(whole, 4, 4);
    const Trained resumed = train(whole);
    EXPECT_TRUE(same_numbers(resumed.graph, uninterrupted.graph));
    expect_same(resumed.curve, uninterrupted.curve);
    // What is done is not done again.
    whole.on_step = [](int, int64_t, int64_t, double) { throw Killed(); };
    EXPECT_TRUE(same_numbers(train(whole).graph, uninterrupted.graph));
    fs::remove(file_);
  }
}

// The comparison above can fail.
TEST_F(Checkpoint, another_seed_or_rate_gives_another_result) {
  const Trained trained = train(job());
  for (const bool rate : {false, true}) {
    fs::remove(file_);
    Job other = job();
    rate ? other.recipe.rate *= 1.0001 : other.recipe.seed += 1;
    EXPECT_FALSE(same_numbers(train(other).graph, trained.graph));
  }
}

TEST_F(Checkpoint, one_of_other_settings_is_refused_by_the_line_that_differs) {
  kept();
  Job other = job();
  other.settings = "network = small\nrate = 0.3\nseed = 1\n";
  expect_refused(other, file_.string() +
                            ": is a checkpoint of a run with 'rate = 0.2', not 'rate = 0.3': the "
                            "same settings, or another folder, are allowed");
  other.settings = "network = small\nrate = 0.2\n";
  expect_refused(other, HasSubstr("of a run with 'seed = 1', not ''"));
  // However far behind they differ.
  const std::string shared(100, 'x');
  fs::remove(file_);
  Job first = job();
  first.settings = shared + "1\n";
  kill(first, 1, 0);
  other.settings = shared + "2\n";
  expect_refused(other, HasSubstr(fmt::format("with '{}1', not '{}2'", shared, shared)));
}

TEST_F(Checkpoint, what_is_none_or_a_part_of_one_is_refused) {
  const std::string whole = kept();
  const std::string problem =
      file_.string() +
      ": is no checkpoint, or a part of one: without the file training begins anew";
  for (const double share : {0.0, 0.01, 0.3, 0.7, 0.95, 0.999}) {
    SCOPED_TRACE(share);
    write_file(file_, whole.substr(0, static_cast<size_t>(share * whole.size())));
    expect_refused(job(), problem);
  }
  write_file(file_, "a letter to a friend\n");
  expect_refused(job(), problem);
  // Whatever byte is another: one clear error, or the run as it would have been.
  fs::remove(file_);
  const Trained exact = train(job());
  std::mt19937 random(6);
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    std::string bytes = whole;
    const size_t at = random() % bytes.size();
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    write_file(file_, bytes);
    SCOPED_TRACE(fmt::format("round {}: byte {} of {}", round, at, bytes.size()));
    Job damaged = job();
    damaged.on_step = [](int, int64_t, int64_t, double) { throw Killed(); };
    try {
      train(damaged);
      ADD_FAILURE() << "trains on without a step";
    } catch (const InputError& error) {
      ++refused;
      EXPECT_THAT(error.problems(), ElementsAre(StartsWith(file_.string() + ": is ")));
    } catch (const Killed&) {
    }
  }
  EXPECT_GT(refused, 20);
}

TEST_F(Checkpoint, a_disk_that_is_full_is_one_error_and_the_checkpoint_before_stays) {
  const std::string before = kept();
  // No file grows beyond half of one.
  struct rlimit all {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &all), 0);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit half = all;
  half.rlim_cur = before.size() / 2;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &half), 0);
  const test::Problems problems = problems_of([&] { train(job()); });
  setrlimit(RLIMIT_FSIZE, &all);
  std::signal(SIGXFSZ, old);
  EXPECT_THAT(problems, ElementsAre(StartsWith(file_.string() + ": ")));
  EXPECT_EQ(read_file(file_), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1) << "nothing else is left";
  train(job());
}

TEST_F(Checkpoint, a_loss_that_is_no_number_is_one_error_and_the_checkpoint_before_stays) {
  const std::string before = kept();
  Job job = this->job();
  job.recipe.rate = 1e30;
  EXPECT_THAT(problems_of([&] { train(job); }),
              ElementsAre(testing::MatchesRegex(
                  "training: the loss is -?(nan|inf) in epoch 2, step [0-9] of 4: a rate below "
                  "1e\\+30 is needed")));
  EXPECT_EQ(read_file(file_), before);
}

TEST_F(Checkpoint, weights_that_are_no_numbers_after_the_last_step_are_an_error) {
  Job job = this->job();
  job.recipe.epochs = 1;
  job.recipe.batch = 128;
  job.recipe.warm_up = 0;
  job.recipe.rate = 1e38;
  job.recipe.weight_decay = 100;
  EXPECT_THAT(problems_of([&] { train(job); }),
              ElementsAre(testing::MatchesRegex("training: '.*' is no number after epoch 1: a rate "
                                                "below 1e\\+38 is needed")));
  EXPECT_FALSE(fs::exists(file_));
}

// ---------------------------------------------------------------- what does not fit

TEST(Train, data_and_teachers_that_do_not_fit_are_refused) {
  const auto problems = [](auto change) {
    Job job = job_of(network(), 1, 32);
    change(job);
    return problems_of([&] { train(job); });
  };
  EXPECT_THAT(problems([](Job& job) { job.data.train.width = 6, job.data.train.height = 24; }),
              ElementsAre("small: its input is 1x1x12x12, the images of bars are 1x1x24x6"));
  EXPECT_THAT(problems([](Job& job) { job.data.test.channels = 3, job.data.test.height = 4; }),
              ElementsAre("small: its input is 1x1x12x12, the images of bars are 1x3x4x12"));
  EXPECT_THAT(problems([](Job& job) { job.data.train.classes = 5; }),
              ElementsAre("small: has 4 outputs, the images of bars are of 5 classes"));
  const auto other = [](const std::string& input, int classes) {
    std::string blocks = test::kBarBlocks;
    blocks.replace(blocks.rfind("out = 4"), 7, fmt::format("out = {}", classes));
    return onnx::resolve(initial_model(test::small_network(input, blocks), 1), "teacher");
  };
  EXPECT_THAT(problems([&](Job& job) { job.teacher = other("[1, 10, 12]", 4); }),
              ElementsAre("teacher: its input is 1x1x10x12, the images of bars are 1x1x12x12"));
  EXPECT_THAT(problems([&](Job& job) { job.teacher = other("[1, 12, 12]", 3); }),
              ElementsAre("teacher: has 3 outputs, the images of bars are of 4 classes"));
  EXPECT_THAT(problems([&](Job& job) { job.teacher = other("[1, 12, 12]", 9); }),
              ElementsAre("teacher: has 9 outputs, its student 4, as many are needed"));
}

}  // namespace
}  // namespace rowcast::training
