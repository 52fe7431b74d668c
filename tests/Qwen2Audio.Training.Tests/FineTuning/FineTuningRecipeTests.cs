using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Tests.FineTuning;

/// <summary>All errors in a fine-tuning recipe are reported before the first step, under the recipe's own names.</summary>
public sealed class FineTuningRecipeTests
{
    private const string Good = "model: {base: b}\ndata: {train: [a.jsonl]}\n";

    [Theory]
    [InlineData("epochs: 2\nsteps: 3", "both steps and epochs are given: one of them is needed")]
    [InlineData("seed: 2", "neither steps nor epochs is given")]
    [InlineData("steps: 0", "steps is 0: 1…100000000 is allowed")]
    [InlineData("epochs: 0", "epochs is 0: above 0")]
    [InlineData("epochs: .nan", "epochs is NaN: above 0")]
    [InlineData("steps: many", "line 3: steps is 'many': a whole number is needed")]
    [InlineData("steps:", "steps is empty: a whole number is needed")]
    [InlineData("step: 3", "step is unknown; did you mean steps?")]
    [InlineData("steps: 3\nmethod: dpo", "method is 'dpo': supervised or preferences is needed")]
    [InlineData("steps: 3\nlora: {r: 0}", "lora.r is 0: 1…65536 is allowed")]
    [InlineData("steps: 3\nlora: {rank: 8}", "lora.rank is unknown")]
    [InlineData("steps: 3\nlora: {dropout: 1}", "lora.dropout is 1: 0…0.99 is allowed")]
    [InlineData("steps: 3\nlora: {target_modules: []}", "lora.target_modules is empty")]
    [InlineData("steps: 3\nlora: {target_modules: q_proj}", "lora.target_modules: a list is needed")]
    [InlineData("steps: 3\nlora: {target_modules: [all-linear, q_proj]}", "it must be the only entry")]
    [InlineData("steps: 3\nbatch: {rows: 2, rows_at_once: 4}", "batch.rows_at_once is 4: 1…2 (batch.rows) is allowed")]
    [InlineData("steps: 3\nbatch: {row_tokens: 1}", "batch.row_tokens is 1: 2…10000000 is allowed")]
    [InlineData("steps: 3\nbatch: {filling: full}", "batch.filling is 'full': one or pack or bucket is needed")]
    [InlineData("steps: 3\noptimizer: {beta2: 1}", "optimizer.beta2 is 1: 0…0.99999 is allowed")]
    [InlineData("steps: 3\noptimizer: {decay: some}", "optimizer.decay is 'some': matrices or all is needed")]
    [InlineData("steps: 3\nschedule: {type: liner}", "schedule.type is liner; allowed: constant")]
    [InlineData("steps: 3\nschedule: {type: constant, num_warmup_steps: 4}", "schedule.num_warmup_steps is 4; allowed: nothing: constant does not use it")]
    [InlineData("steps: 3\nschedule: {learning_rate: 0}", "schedule.learning_rate is 0; allowed: a number above 0")]
    [InlineData("steps: 3\nschedule: {learning_rate: 20}", "schedule.learning_rate is 20: at most 10 is allowed")]
    [InlineData("steps: 3\nschedule: {num_warmup_steps: 4}", "schedule.num_warmup_steps is 4; allowed: at most 3, the steps of the run")]
    [InlineData("steps: 3\nschedule: {warmup_ratio: 2}", "schedule.warmup_ratio is 2; allowed: 0 to 1")]
    [InlineData("steps: 3\nschedule: {warmup_ratio: 0.1, num_warmup_steps: 1}", "one of them")]
    [InlineData("steps: 3\nschedule: {type: warmup_stable_decay, warmup_ratio: 0.5, num_decay_steps: 2}", "num_decay_steps is 4; allowed: at most 3, the steps of the run")]
    [InlineData("steps: 3\nschedule: {type: warmup_stable_decay, num_stable_steps: 2, num_decay_steps: 2}", "num_decay_steps is 4; allowed: at most 3, the steps of the run")]
    [InlineData("steps: 3\naverage: {decay: 1}", "average.decay is 1: 0…0.9999999 is allowed")]
    [InlineData("steps: 3\nlosses: {balance: -1}", "losses.balance is -1: 0…1000 is allowed")]
    [InlineData("steps: 3\nlosses: {label_smoothing: 2}", "losses.label_smoothing is 2: 0…0.99 is allowed")]
    [InlineData("steps: 3\nlosses: {token_groups: [{first: 1}]}", "losses.token_groups[0].count is 0: at least 1 is allowed")]
    [InlineData("steps: 3\nmethod: preferences\nlosses: {balance: 1}", "losses is for supervised training")]
    [InlineData("steps: 3\npreferences: {beta: 1}", "preferences is for method preferences")]
    [InlineData("steps: 3\nmethod: preferences\npreferences: {beta: 0}", "preferences.beta is 0: ")]
    [InlineData("steps: 3\ncheckpoints: {keep: 0}", "checkpoints.keep is 0: 1 or more is allowed")]
    public void Names_setting_found_and_allowed(string yaml, string message) => Assert.Contains(message, Refused(Good + yaml), StringComparison.Ordinal);

    [Theory]
    [InlineData("steps: 3\nmodel: {}\ndata: {train: [a]}", "model.base is missing")]
    [InlineData("steps: 3\nmodel: {base: b, template: llama}\ndata: {train: [a]}", "model.template is llama: qwen2 or qwen2-audio or qwen2.5 is allowed")]
    [InlineData("steps: 3\nmodel: {base: b, train_language_model: false}\ndata: {train: [a]}", "model: nothing is trained")]
    [InlineData("steps: 3\nmodel: {base: b}\ndata: {}", "data.train is empty")]
    [InlineData("steps: 3\nmodel: {base: b}\ndata: {train: [a], max_tokens: 1}", "data.max_tokens is 1: 2…")]
    [InlineData("steps: 3\nmodel: {base: b}\ndata: {train: [a], max_skipped_percent: 101}", "data.max_skipped_percent is 101: 0…100 is allowed")]
    [InlineData("steps: 3\nmodel: {base: b}\ndata: {train: [a], augmentation: {speed: 2}}", "data.augmentation.speed is 2; allowed: 0 to 1")]
    public void Of_the_parts_that_every_recipe_has_too(string yaml, string message) => Assert.Contains(message, Refused(yaml), StringComparison.Ordinal);

    [Fact]
    public void Lists_all_of_them()
    {
        var message = Refused(Good + "seed: -1\nsteps: 0\nlora: {r: 0}\nbatch: {rows: 0}\nschedule: {type: liner}\ncheckpoints: {keep: 0}");
        foreach (var name in new[] { "seed is", "steps is", "lora.r is", "batch.rows is", "schedule.type is", "checkpoints.keep is" }) Assert.Contains(name, message, StringComparison.Ordinal);
        message = Refused(Good + "sted: 3\nlora: {rank: 2}");
        foreach (var name in new[] { "line 3: sted", "line 4: lora.rank" }) Assert.Contains(name, message, StringComparison.Ordinal);
    }

    private static string Refused(string yaml)
    {
        var message = Assert.Throws<RecipeException>(() => FineTuningRecipeFile.Parse(yaml, "some.yaml")).Message;
        Assert.StartsWith("some.yaml", message, StringComparison.Ordinal);
        return message;
    }
}
