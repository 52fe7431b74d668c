using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Tests.Optimisation;

public sealed class LearningRates
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
        Assert.Equal(["min_lr, min_lr_rate is neither; allowed: one of them"], LearningRateRules.Problems(Cosine with { Type = "cosine_with_min_lr" }));
        Assert.Throws<ArgumentException>(() => new LearningRateSchedule(settings));
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
