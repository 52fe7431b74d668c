using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Adapters;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Tests.FineTuning;

/// <summary>The results of fine-tuning.</summary>
public sealed class FineTuningTaskTests : IDisposable
{
    private readonly TinyBase _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    [InlineData("audio")]
    public void The_loss_on_a_few_conversations_falls_to_nothing(string kind)
    {
        _files.WriteTalk("talk.jsonl");
        _files.WriteHeard("heard.jsonl");
        var losses = new List<double>();
        var made = TuningRun.Of(_files, $$"""
            steps: 60
            model: {base: {{_files.Model(kind, DType.BF16)}}}
            data: {train: [{{(kind == "audio" ? "heard" : "talk")}}.jsonl]}
            batch: {row_tokens: 300, rows: 2}
            schedule: {learning_rate: 1.0e-2, type: constant}
            """, "run", report: report => losses.Add(report.Parts.First().Value));
        Assert.InRange(losses[0], 4, 10);
        Assert.InRange(losses[^1], 0, 0.1);

        // a folder of the base's kind and types with its other files; what is frozen has the same bits
        using var model = CheckpointFolder.Open(made);
        using var begun = CheckpointFolder.Open(_files.Model(kind));
        Assert.Equal(begun.Tensors.Keys.Order(StringComparer.Ordinal), model.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(model.Tensors.Values, tensor => Assert.Equal(DType.BF16, tensor.DType));
        foreach (var file in Directory.GetFiles(begun.Path).Where(file => !file.EndsWith(".safetensors", StringComparison.Ordinal) && !file.EndsWith("generation_config.json", StringComparison.Ordinal)))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(made, Path.GetFileName(file))));
        foreach (var name in model.Tensors.Keys)
        {
            var isFrozen = name.StartsWith("audio_tower", StringComparison.Ordinal) || name.StartsWith("multi_modal", StringComparison.Ordinal);
            Assert.True(isFrozen == begun.ReadFloats(name).AsSpan().SequenceEqual(model.ReadFloats(name)), name);
        }
    }

    [Fact]
    public void An_adapter_leaves_the_base_alone_and_is_written_in_pefts_form()
    {
        var yaml = TuningRecipes.Of(_files, "lora");
        var weights = Path.Combine(_files.Model("audio"), "model.safetensors");
        var before = File.ReadAllBytes(weights);
        var made = TuningRun.Of(_files, yaml, "run");
        Assert.Equal(before, File.ReadAllBytes(weights));
        Assert.Equal(["SHA256SUMS", "adapter_config.json", "adapter_model.safetensors", "generation_config.json"], Directory.GetFiles(made).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        using var adapter = AdapterFolder.Open(made);
        Assert.Equal((4, 8, 0.2), (adapter.Config.R, adapter.Config.LoraAlpha, adapter.Config.LoraDropout));
        Assert.All(adapter.Source.Tensors.Keys, name => Assert.StartsWith("base_model.model.language_model.", name, StringComparison.Ordinal));
        Assert.Contains(adapter.Source.Tensors.Keys, name => name.EndsWith("down_proj.lora_B.weight", StringComparison.Ordinal) && adapter.Source.ReadFloats(name).Any(number => number != 0));
    }

    /// <summary>A base model's answers end with the text; fine-tuned answers end with the turn, and the folder must say so.</summary>
    [Theory]
    [InlineData("""{"eos_token_id": 257, "do_sample": true, "temperature": 0.7}""", new[] { 259, 257 })]
    [InlineData("""{"eos_token_id": [257, 259], "temperature": 0.7}""", null)]
    [InlineData("""{"temperature": 0.7}""", new[] { 259, 257 })]
    public void What_was_tuned_names_the_end_of_a_turn(string generation, int[]? ends)
    {
        var talk = _files.Model("dense");
        File.WriteAllText(Path.Combine(talk, "generation_config.json"), generation);
        var controls = Data.TestTokenizer.Make().ControlTokens;
        Assert.Equal((257, 259), (controls["<|endoftext|>"], controls["<|im_end|>"]));
        _files.WriteTalk("talk.jsonl");
        var yaml = $$"""
            steps: 1
            model: {base: {{talk}}}
            data: {train: [talk.jsonl]}
            """;
        var whole = TuningRun.Of(_files, yaml, "whole");
        if (ends is null) Assert.Equal(generation, File.ReadAllText(Path.Combine(whole, "generation_config.json")));
        else
        {
            var written = ConfigObject.Open(Path.Combine(whole, "generation_config.json")).Build(json => GenerationConfigReader.Read(json));
            Assert.Equal(ends, written.EndTokens);
            Assert.Equal(0.7, written.Temperature);
        }

        var adapter = TuningRun.Of(_files, yaml + "\nlora: {r: 1, target_modules: [q_proj]}", "adapter");
        Assert.Equal(ends ?? [257, 259], EndTokens.OfAdapter(adapter));
        using var pool = new WorkerPool(1);
        AdapterMerge.Write(talk, adapter, _files.Path("merged"), pool);
        using var merged = ModelSource.Open(_files.Path("merged"));
        Assert.Equal((ends ?? [257, 259]).Order(), EndTokens.OfModel(merged).Order());
    }

    [Theory]
    [InlineData("preferences")]
    [InlineData("preferences-lora")]
    public void Preferences_raise_the_margin_of_what_is_chosen(string name)
    {
        var (margins, losses) = (new List<double>(), new List<double>());
        TuningRun.Of(_files, TuningRecipes.Of(_files, name).Replace("steps: 6", "steps: 30", StringComparison.Ordinal), "run", report: report =>
        {
            margins.Add(report.Parts.First(part => part.Name == "reward_margin").Value);
            losses.Add(report.Loss);
        });
        if (name == "preferences") Assert.Equal(Math.Log(2), losses[0], 1e-6); // at first policy and reference are the same
        Assert.True(margins[^1] > margins[0] + 0.5, $"{margins[0]} → {margins[^1]}");
        Assert.True(losses[^1] < losses[0]);
    }

    [Fact]
    public void What_is_measured_is_what_is_exported_and_drives_the_best_checkpoint()
    {
        var yaml = TuningRecipes.Of(_files, "dense").Replace("steps: 6", "steps: 12\ncheckpoints: {save_every: 4, evaluate_every: 4, keep: 1}", StringComparison.Ordinal);
        _files.WriteTalk("same.jsonl");
        yaml = yaml.Replace("train: [talk.jsonl]", "train: [talk.jsonl], validation: [same.jsonl]", StringComparison.Ordinal);
        var measures = new List<TuningMeasure>();
        var made = TuningRun.Of(_files, yaml, "run", measured: measures.Add);
        Assert.Equal([4, 8, 12], measures.Select(measure => measure.Step));
        Assert.All(measures, measure => Assert.Equal(Math.Exp(measure.Loss), measure.Perplexity!.Value, 1e-9));
        Assert.True(measures[2].Loss < measures[0].Loss);
        Assert.Contains("12", File.ReadAllText(_files.Path("run/best.json")), StringComparison.Ordinal);

        // the average lies in the checkpoint too, and is the model
        using var state = SafetensorsFile.Open(Path.Combine(made, "training", "state.safetensors"));
        using var model = CheckpointFolder.Open(made);
        var (average, norm) = (state.ReadFloats("average"), model.ReadFloats("model.norm.weight"));
        Assert.NotEqual(average, state.ReadFloats("values"));
        Assert.True(average.AsSpan().IndexOf(norm) >= 0);

        // measuring changes nothing: the same run without it
        var unmeasured = TuningRun.Of(_files, yaml.Replace(", validation: [same.jsonl]", "", StringComparison.Ordinal).Replace("evaluate_every: 4", "evaluate_every: 0", StringComparison.Ordinal), "unmeasured");
        Assert.Equal(average, SafetensorsFile.Open(Path.Combine(unmeasured, "training", "state.safetensors")).ReadFloats("average"));
    }

    [Fact]
    public void Samples_that_are_gone_are_told_and_a_step_without_any_changes_nothing()
    {
        var yaml = TuningRecipes.Of(_files, "lora").Replace("steps: 6", "steps: 4\ncheckpoints: {save_every: 2}", StringComparison.Ordinal)
            .Replace("train: [heard.jsonl]", "train: [heard.jsonl], max_skipped_percent: 100", StringComparison.Ordinal);
        var lost = new List<SkippedSample>();
        var finite = new List<bool>();
        TuningRun.Of(_files, yaml, "run", lost: lost.Add, report: report =>
        {
            finite.Add(double.IsFinite(report.Loss));
            foreach (var wave in Directory.GetFiles(_files.Folder, "*.wav")) File.Delete(wave);
        });
        Assert.True(finite[0]);
        Assert.False(finite[^1]);
        Assert.NotEmpty(lost);
        Assert.Contains("heard.jsonl", File.ReadAllText(_files.Path("run/skipped-steps.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_counts_the_rows_that_are_drawn_and_the_logits_of_their_labels()
    {
        var yaml = TuningRecipes.Of(_files, "dense");
        var recipe = FineTuningRecipeFile.Parse(yaml, _files.Path("recipe.yaml"));
        recipe = recipe with { Recompute = false, Batch = new BatchRecipe { Filling = RowFilling.One, RowTokens = 2, Rows = 4, RowsAtOnce = 4 } };
        using var model = BaseModel.Open(recipe.Model.Base);
        var data = TuningData.Load(recipe, model, "some.yaml");
        var documents = data.Train.Load(data.Order.Step(0)).Documents; // all four
        var labels = documents.Sum(document => document.Labels.Count(label => label >= 0));
        Assert.Equal(
            documents.Sum(document => document.Ids.Length) * 4L * 2 * 8 * 32 + labels * 264L * 8,
            TuningMemory.Require(recipe, model, 0, data, "some.yaml"));
    }

    [Fact]
    public void A_base_that_is_no_folder_can_have_an_adapter_and_no_other_weights()
    {
        var recipe = FineTuningRecipeFile.Parse(TuningRecipes.Of(_files, "dense"), _files.Path("recipe.yaml"));
        using var folder = BaseModel.Open(recipe.Model.Base);
        using var model = BaseModel.Of(new HiddenFolder(recipe.Model.Base));
        Assert.Equal((folder.TokenizerIdentity(), folder.Template.Name), (model.TokenizerIdentity(), model.Template.Name));
        var data = TuningData.Load(recipe, model, "some.yaml");
        Assert.Equal("some.yaml: model.base: nowhere/model is not a model folder, so no new folder can be made from it; train an adapter (lora)",
            Assert.Throws<RecipeException>(() => FineTuningTask.Check(recipe, model, data, "some.yaml")).Message);
        var adapter = recipe with { Lora = new LoraRecipe { TargetModules = ["q_proj"] } };
        FineTuningTask.Check(adapter, model, data, "some.yaml");
        using var task = new FineTuningTask(adapter, model, data, "some.yaml", threads: 1);
        task.Begin(0);
        Assert.True(task.Compute(0).Total > 0);
    }

    [Fact]
    public void A_warm_up_that_is_longer_than_the_epochs_is_refused()
    {
        var recipe = FineTuningRecipeFile.Parse(TuningRecipes.Of(_files, "dense"), _files.Path("recipe.yaml")) with
        {
            Steps = null,
            Epochs = 1,
            Schedule = new LearningRateSettings { NumWarmupSteps = 1000 },
        };
        using var model = BaseModel.Open(recipe.Model.Base);
        var data = TuningData.Load(recipe, model, "some.yaml");
        Assert.Equal($"some.yaml: schedule.num_warmup_steps is 1000; allowed: at most {data.Steps}, the steps of the run",
            Assert.Throws<RecipeException>(() => FineTuningTask.Check(recipe, model, data, "some.yaml")).Message);
    }

    [Fact]
    public void Ranks_without_a_piece_and_memory_that_is_not_there_are_refused()
    {
        var recipe = FineTuningRecipeFile.Parse(TuningRecipes.Of(_files, "dense"), _files.Path("recipe.yaml"));
        using var model = BaseModel.Open(recipe.Model.Base);
        var data = TuningData.Load(recipe, model, "some.yaml");
        Assert.Contains("the 3 ranks need at least one each", Refused(recipe, ranks: 3), StringComparison.Ordinal);
        Assert.Contains("losses.balance and losses.router_z are for mixtures", Refused(recipe with { Losses = new TuningLossRecipe { RouterZ = 1 } }), StringComparison.Ordinal);
        Assert.Contains("capitals ends at 300; the base has 264 tokens",
            Refused(recipe with { Losses = new TuningLossRecipe { TokenGroups = [new TokenGroupRecipe { Name = "capitals", First = 200, Count = 100 }] } }), StringComparison.Ordinal);
        Assert.Contains("allowed: q_proj", Refused(recipe with { Lora = new LoraRecipe { TargetModules = ["query"] } }), StringComparison.Ordinal);
        Assert.Contains("none of the selected parts", Refused(recipe with { Model = recipe.Model with { TrainLanguageModel = false, TrainProjector = true } }), StringComparison.Ordinal);
        Assert.Contains("are for models that take audio; the base is a qwen2", Refused(recipe with { Model = recipe.Model with { TrainAudioTower = true } }), StringComparison.Ordinal);
        Assert.Contains("some.yaml: needs at least", Assert.Throws<RecipeException>(() => TuningMemory.Require(recipe, model, 1000, data, "some.yaml", available: 1000)).Message, StringComparison.Ordinal);
        Assert.Contains("Train an adapter", Assert.Throws<RecipeException>(() => TuningMemory.Require(recipe, model, 3_000_000_000, data, "some.yaml")).Message, StringComparison.Ordinal);

        string Refused(FineTuningRecipe other, int ranks = 1) => Assert.Throws<RecipeException>(() => FineTuningTask.Check(other, model, data, "some.yaml", ranks)).Message;
    }
}
