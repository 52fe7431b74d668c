using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class WarmStartTests : TestInFolder
{
    private const string Embedding = "language_model.model.embed_tokens.weight";
    private readonly SpeechRecipe _recipe;
    private readonly string _model;

    public WarmStartTests()
    {
        _recipe = TinyCorpus.Make(Folder);
        _model = Folder["model"];
        using var task = new SpeechTask(_recipe, SpeechCorpus.Load(_recipe), 1);
        task.WriteModel(_model);
    }

    [Fact]
    public void Tensors_of_the_same_shape_are_taken_and_others_stay_random()
    {
        var recipe = _recipe with { Seed = 9, Model = _recipe.Model with { InitialiseFrom = _model, EncoderLayers = 2, EncoderFfn = 32 } };
        var corpus = SpeechCorpus.Load(recipe);
        using var task = new SpeechTask(recipe, corpus, 1);
        using var fresh = new SpeechTask(recipe with { Model = recipe.Model with { InitialiseFrom = null } }, corpus, 1);
        using var source = ModelSource.Open(_model);
        var start = task.WarmStart!;

        var parameters = task.Stages[0].Parameters;
        foreach (var name in start.Taken)
        {
            var stored = new float[parameters[name].Length];
            source.ReadFloats(name, stored, 0);
            Assert.Equal(stored, parameters[name].Value.Span.ToArray());
        }

        Assert.Contains("audio_tower.conv1.weight", start.Taken);
        Assert.Contains("audio_tower.layers.0.self_attn.q_proj.weight", start.Taken);
        Assert.Contains("audio_tower.layers.0.fc1.weight ([32, 16], there [16, 16])", start.Random);
        Assert.Equal(["audio_tower.layers.1"], start.AddedLayers);
        Assert.Equal(fresh.Stages[0].Parameters["audio_tower.layers.1.fc1.weight"].Value.Span.ToArray(), parameters["audio_tower.layers.1.fc1.weight"].Value.Span.ToArray());
        Assert.Equal(parameters.Parameters.Count(parameter => !parameter.Name.StartsWith("audio_tower.layers.1.", StringComparison.Ordinal)), start.Taken.Count + start.Random.Count);
        Assert.Null(fresh.WarmStart);
    }

    [Fact]
    public void Added_layers_change_nothing_before_they_are_trained()
    {
        var recipe = _recipe with { Seed = 9, Model = _recipe.Model with { InitialiseFrom = _model, EncoderLayers = 3, DecoderLayers = _recipe.Model.DecoderLayers + 1 } };
        using var task = new SpeechTask(recipe, SpeechCorpus.Load(recipe), 1);
        Assert.Empty(task.WarmStart!.Random);
        Assert.Equal(["audio_tower.layers.1", "audio_tower.layers.2", $"language_model.model.layers.{_recipe.Model.DecoderLayers}"], task.WarmStart.AddedLayers.Order());
        using var shallow = new SpeechTask(With(_model) with { Seed = 9 }, SpeechCorpus.Load(With(_model)), 1);

        Assert.Equal(Losses(shallow), Losses(task));

        static IEnumerable<LossPart> Losses(SpeechTask task)
        {
            task.Begin(0);
            return [.. task.Compute(0).Parts.Where(part => part.Name is "decoder" or "ctc")];
        }
    }

    [Fact]
    public void Text_units_are_matched_by_their_text()
    {
        var recipe = _recipe with { Seed = 9, Tokenizer = new TokenizerRecipe { Merges = 2 }, Model = _recipe.Model with { InitialiseFrom = _model } };
        var corpus = SpeechCorpus.Load(recipe);
        using var task = new SpeechTask(recipe, corpus, 1);
        using var source = ModelSource.Open(_model);
        var theirs = source.ReadTokenizer();
        var shared = corpus.Tokenizer.Vocabulary.Ids.Where(unit => theirs.Vocabulary.Ids.ContainsKey(unit.Key)).ToList();
        Assert.True(shared.Count < theirs.Vocabulary.Ids.Count);
        foreach (var (text, id) in shared)
        {
            var stored = new float[16];
            source.ReadFloats(Embedding, stored, theirs.Vocabulary.Ids[text] * 16L);
            Assert.Equal(stored, task.Stages[0].Parameters[Embedding].Value.Row(id).ToArray());
        }
    }

    [Fact]
    public void The_feature_scale_comes_from_the_model()
    {
        var file = Path.Combine(_model, "preprocessor_config.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json["mel_mean"]![3] = 0.25;
        File.WriteAllText(file, json.ToJsonString());
        var scale = SpeechCorpus.Load(With(_model)).Scale;
        Assert.Equal(0.25f, scale.Mean[3]);
        Assert.Equal(SpeechCorpus.Load(_recipe).Scale.Deviation, scale.Deviation);

        json["mel_std"]![3] = 0;
        File.WriteAllText(file, json.ToJsonString());
        Assert.Contains("mel_std", Assert.Throws<ConfigException>(() => SpeechCorpus.Load(With(_model))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_small_model_or_shares_nothing_is_an_error()
    {
        Assert.Throws<CheckpointException>(() => SpeechCorpus.Load(With(Folder["none"])));
        var wide = With(_model) with { Model = _recipe.Model with { InitialiseFrom = _model, EncoderWidth = 24, DecoderWidth = 24, EncoderFfn = 24, DecoderHeads = 3, DecoderKvHeads = 3, EncoderHeads = 3, ExpertWidth = 12, SharedExpertWidth = 12, Experts = 3 } };
        var corpus = SpeechCorpus.Load(wide);
        var error = Assert.Throws<CheckpointException>(() => new SpeechTask(wide, corpus, 1).Dispose());
        Assert.Contains("none that agrees with the recipe's model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_model_to_begin_with_is_another_condition()
    {
        var corpus = SpeechCorpus.Load(With(_model));
        using var task = new SpeechTask(With(_model), corpus, 1);
        using var other = new SpeechTask(_recipe, corpus, 1);
        var metadata = task.Conditions.Metadata.ToDictionary(StringComparer.Ordinal);
        Assert.Empty(task.Conditions.Differences(metadata));
        Assert.Contains("model.initialise_from", Assert.Single(other.Conditions.Differences(metadata)), StringComparison.Ordinal);
    }

    private SpeechRecipe With(string model) => _recipe with { Model = _recipe.Model with { InitialiseFrom = model } };
}
