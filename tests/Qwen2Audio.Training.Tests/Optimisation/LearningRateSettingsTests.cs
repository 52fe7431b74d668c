using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Optimisation;

public sealed class LearningRateSettingsTests
{
    private static readonly LearningRateSettings Cosine = new() { LearningRate = 2e-3, NumTrainingSteps = 100, NumWarmupSteps = 4 };

    [Fact]
    public void Every_problem_names_setting_value_and_what_is_allowed()
    {
        var settings = Cosine with { LearningRate = -1, NumWarmupSteps = -2, Power = 2, DecayType = "cosine" };
        Assert.Equal(
            [
                "learning_rate is -1; allowed: a number above 0",
                "num_warmup_steps is -2; allowed: 0 or more",
                "power is 2; allowed: nothing: cosine does not use it",
                "decay_type is cosine; allowed: nothing: cosine does not use it",
            ],
            LearningRateRules.Problems(settings));
        Assert.Equal(["num_training_steps is nothing; allowed: a whole number, 0 or more"], LearningRateRules.Problems(new LearningRateSettings()));
        Assert.Contains("cosine_with_restarts", LearningRateRules.Problems(Cosine with { Type = "cosin" }).Single());
        Assert.Equal(["min_lr and min_lr_rate are both missing; needed: one of them"], LearningRateRules.Problems(Cosine with { Type = "cosine_with_min_lr" }));
        Assert.Throws<ArgumentException>(() => new LearningRateSchedule(settings));
    }

    /// <summary>transformers' get_warmup_steps: math.ceil(num_training_steps * warmup_ratio).</summary>
    [Theory]
    [InlineData(0.1, 100, 10)]
    [InlineData(0.03, 150, 5)]
    [InlineData(0.01, 3, 1)]
    [InlineData(0, 100, 0)]
    [InlineData(1, 7, 7)]
    public void A_warm_up_may_be_a_share_of_the_steps(double ratio, int steps, int warmup)
    {
        foreach (var type in (string[])["linear", "cosine", "constant_with_warmup", "inverse_sqrt"])
        {
            var settings = new LearningRateSettings { Type = type, WarmupRatio = ratio };
            var expected = new LearningRateSchedule(LearningRateRules.OfRun(settings with { WarmupRatio = null, NumWarmupSteps = warmup }, steps));
            var found = new LearningRateSchedule(LearningRateRules.OfRun(settings, steps));
            for (var step = 0; step <= steps; step++) Assert.Equal(expected.Rate(step), found.Rate(step));
        }
    }

    [Fact]
    public void A_warm_up_is_given_once_and_where_it_is_used()
    {
        Assert.Equal(["num_warmup_steps and warmup_ratio are both given; allowed: one of them"], LearningRateRules.Problems(Cosine with { WarmupRatio = 0.1 }));
        Assert.Equal(["warmup_ratio is 0.1; allowed: nothing: constant does not use it"], LearningRateRules.Problems(new LearningRateSettings { Type = "constant", WarmupRatio = 0.1 }));
        Assert.Equal(["warmup_ratio is 1.5; allowed: 0 to 1"], LearningRateRules.Problems(Cosine with { NumWarmupSteps = null, WarmupRatio = 1.5 }));
        // and nothing is said of steps that would follow from it
        foreach (var ratio in (double[])[1.5, -1, double.PositiveInfinity, double.NaN])
            Assert.Empty(LearningRateRules.TooLong(LearningRateRules.OfRun(Cosine with { NumWarmupSteps = null, WarmupRatio = ratio }, 20), 20));
        Assert.Throws<ArgumentException>(() => new LearningRateSchedule(new LearningRateSettings { Type = "constant_with_warmup", WarmupRatio = 0.1 }));
        Assert.Equal(new LearningRateSchedule(Cosine).Rate(2), new LearningRateSchedule(Cosine with { NumWarmupSteps = null, WarmupRatio = 0.04 }).Rate(2));
    }

    /// <summary>No update of a run has rate 0, unlike transformers' first one. After the warm-up the rates are the same.</summary>
    [Theory]
    [InlineData("linear")]
    [InlineData("cosine")]
    [InlineData("constant_with_warmup")]
    [InlineData("inverse_sqrt")]
    [InlineData("polynomial")]
    [InlineData("cosine_with_restarts")]
    [InlineData("cosine_warmup_with_min_lr")]
    [InlineData("warmup_stable_decay")]
    public void Every_update_changes_something(string type)
    {
        var schedule = new LearningRateSchedule(new LearningRateSettings
        {
            Type = type,
            LearningRate = 2e-3,
            NumWarmupSteps = 4,
            NumTrainingSteps = LearningRateRules.HasEnd(type) ? 20 : null,
            NumDecaySteps = type == "warmup_stable_decay" ? 5 : null,
            MinLrRate = type == "cosine_warmup_with_min_lr" ? 0.1 : null,
        });
        double[] rates = [.. Enumerable.Range(0, 20).Select(updates => schedule.OfUpdate(updates))];
        Assert.All(rates, rate => Assert.InRange(rate, 1e-9, 2e-3));
        for (var i = 0; i < 4; i++) Assert.Equal(2e-3 * (i + 1) / 4, rates[i], 1e-15);
        for (var i = 4; i < 20; i++) Assert.Equal(schedule.Rate(i), rates[i]);
    }

    /// <summary>A phase of the small model warms up to its rate and decays to its final ratio.</summary>
    [Theory]
    [InlineData(nameof(PhaseSchedule.Constant), 1, 1)]
    [InlineData(nameof(PhaseSchedule.Linear), 0.6, 0.2)]
    [InlineData(nameof(PhaseSchedule.Cosine), 0.6, 0.2)]
    public void A_phase_has_a_schedule_of_the_same_kind(string shape, double half, double end)
    {
        var phase = new PhaseRecipe { Steps = 24, LearningRate = 2e-3, WarmupSteps = 4, Schedule = Enum.Parse<PhaseSchedule>(shape), FinalRatio = 0.2 };
        var schedule = new LearningRateSchedule(phase.Rates);
        Assert.Equal(5e-4, schedule.OfUpdate(0), 1e-15);
        Assert.Equal(2e-3, schedule.OfUpdate(4), 1e-15);
        Assert.Equal(2e-3 * half, schedule.OfUpdate(14), 1e-15);
        Assert.Equal(2e-3 * end, schedule.Rate(24), 1e-15);
    }

    [Fact]
    public void A_least_rate_may_be_given_as_rate_or_as_share()
    {
        var rate = new LearningRateSchedule(Cosine with { Type = "cosine_with_min_lr", MinLr = 5e-4 });
        var share = new LearningRateSchedule(Cosine with { Type = "cosine_with_min_lr", MinLrRate = 0.25 });
        for (var step = 0; step <= 100; step++) Assert.Equal(share.Rate(step), rate.Rate(step), 1e-15);
        Assert.Equal(5e-4, rate.Rate(100), 1e-15);
    }

    [Fact]
    public void Stable_steps_are_what_warm_up_and_decay_leave()
    {
        var settings = Cosine with { Type = "warmup_stable_decay", NumDecaySteps = 16 };
        var (left, given) = (new LearningRateSchedule(settings), new LearningRateSchedule(settings with { NumTrainingSteps = null, NumStableSteps = 80 }));
        for (var step = 0; step <= 110; step++) Assert.Equal(given.Rate(step), left.Rate(step));
        Assert.Equal(0, left.Rate(100), 1e-15);
    }
}
