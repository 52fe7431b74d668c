using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech;

/// <summary>Initial values from another small model, which may have other sizes, layers and text units.</summary>
/// <param name="Folder">The model.</param>
/// <param name="Taken">Parameters with its values, all or (text units, phones, voices) some rows.</param>
/// <param name="Zero">Inputs for the speaker embedding, which the other model, though it speaks, does not take: they begin as zero, and change nothing before they are trained.</param>
/// <param name="Random">Parameters that keep their random values, with the reason.</param>
/// <param name="AddedLayers">Layers that the other model lacks. Their residual branches give zeros at first, so that they change nothing before they are trained.</param>
/// <param name="SharedUnits">Number of text units, control tokens included, that both models have.</param>
/// <param name="Digest">SHA-256 of its weights.</param>
public sealed record WarmStart(string Folder, IReadOnlyList<string> Taken, IReadOnlyList<string> Zero, IReadOnlyList<string> Random, IReadOnlyList<string> AddedLayers, int SharedUnits, string Digest)
{
    private const string Embedding = "language_model.model.embed_tokens.weight";
    private const string CtcWeight = "audio_tower.ctc.linear.weight";
    private const string CtcBias = "audio_tower.ctc.linear.bias";
    private const string DurationsOfVoices = "synthesis.durations.voices.weight";

    private static readonly string[] SpeakerInputs = ["synthesis.speaker.weight", "synthesis.durations.speaker.weight"];

    private static readonly string[] EndsOfBranches = ["self_attn.out_proj", "time_conv", "fc2", "self_attn.o_proj", "down_proj"];

    /// <summary>The model's encoder.</summary>
    internal AudioEncoderConfig? Encoder { get; private init; }

    /// <summary>What was taken, as text.</summary>
    public string Summary => $"initialised from {Folder}: {Taken.Count} tensors, {SharedUnits} text units"
        + (AddedLayers.Count == 0 ? "" : $"; added as identity: {string.Join(", ", AddedLayers)}")
        + (Zero.Count == 0 ? "" : $"; added as zero: {string.Join(", ", Zero)}")
        + (Random.Count == 0 ? "" : $"; random: {string.Join(", ", Random.Take(5))}{(Random.Count > 5 ? $" and {Random.Count - 5} more" : "")}");

    /// <summary>Copies what agrees in name and shape; rows of text units by the units' text, those of voices by their names.</summary>
    /// <exception cref="CheckpointException">The folder is no small model, is damaged, or nothing agrees.</exception>
    /// <exception cref="ConfigException">Its configuration is damaged.</exception>
    internal static WarmStart Of(string path, ParameterSet parameters, BytePairTokenizer tokenizer, SynthesisConfig? synthesis = null)
    {
        using var source = Open(path);
        var units = Units(source.ReadTokenizer(), tokenizer);
        var rows = new Dictionary<string, List<(int Mine, int Theirs)>>(StringComparer.Ordinal) { [Embedding] = units, [CtcWeight] = units, [CtcBias] = units };
        var theirs = source.Description.Synthesis;
        if (synthesis is not null && theirs is not null)
        {
            rows[DurationsOfVoices] = [.. Voices(theirs, synthesis)];
            rows[Embedding] = [.. units, .. SpokenTokens(theirs, synthesis)];
        }

        List<string> taken = [], zero = [], random = [], added = [];
        foreach (var parameter in parameters.Parameters)
        {
            var name = parameter.Name;
            if (!source.Tensors.TryGetValue(name, out var tensor))
            {
                if (theirs is not null && SpeakerInputs.Contains(name))
                {
                    parameter.Value.Clear();
                    zero.Add(name);
                }
                else if (LayerOf(name) is not { } layer || source.Tensors.Keys.Any(key => key.StartsWith(layer + ".", StringComparison.Ordinal))) random.Add($"{name} (not there)");
                else
                {
                    if (!added.Contains(layer)) added.Add(layer);
                    if (EndsOfBranches.Any(end => name.EndsWith($"{end}.weight", StringComparison.Ordinal) || name.EndsWith($"{end}.bias", StringComparison.Ordinal)))
                        for (var row = 0; row < parameter.Rows; row++) Row(parameter, row).Clear();
                }
            }
            else if (rows.TryGetValue(name, out var pairs))
            {
                var width = parameter.Shape.Count > 1 ? parameter.Columns : 1;
                if (tensor.Shape.Count != parameter.Shape.Count || (parameter.Shape.Count > 1 && tensor.Shape[1] != width)) random.Add(Other(parameter, tensor.Shape));
                else
                {
                    foreach (var (own, its) in pairs) source.ReadFloats(name, Row(parameter, own, width), (long)its * width);
                    taken.Add(name);
                }
            }
            else if (!tensor.Shape.SequenceEqual(parameter.Shape.Select(axis => (long)axis))) random.Add(Other(parameter, tensor.Shape));
            else
            {
                for (var row = 0; row < parameter.Rows; row++) source.ReadFloats(name, Row(parameter, row), (long)row * parameter.Columns);
                taken.Add(name);
            }
        }

        if (taken.All(name => name == CtcBias)) // a bias has no width to differ in
            throw new CheckpointException(source.Path, "tensors", $"none that agrees with the recipe's model; {string.Join(", ", random.Take(3))}, …", "a small model with tensors of the same names and shapes");
        return new WarmStart(source.Path, taken, zero, random, added, units.Count, string.Join('+', source.Files.Select(FolderChecksums.Digest))) { Encoder = source.Description.Encoder };
    }

    /// <summary>The text units of the model.</summary>
    /// <exception cref="CheckpointException">The folder is no small model.</exception>
    /// <exception cref="TokenizerFileException">They are missing or damaged.</exception>
    internal static BytePairTokenizer TokenizerOf(string path)
    {
        using var source = Open(path);
        return source.ReadTokenizer();
    }

    /// <summary>Requires everything that stays as it is to be the model's.</summary>
    /// <exception cref="CheckpointException">The model has other sizes or lacks some of it.</exception>
    /// <param name="frozen">The parameters that are not trained.</param>
    /// <param name="encoder">The encoder of the recipe, whose settings without tensors of their own must be the model's, too.</param>
    internal void RequireFrozen(IReadOnlyList<Parameter> frozen, AudioEncoderConfig encoder)
    {
        if (frozen.Count == 0) return;
        List<string> missing = [.. frozen.Select(parameter => parameter.Name).Except(Taken, StringComparer.Ordinal)];
        if (missing.Count > 0)
            throw new CheckpointException(Folder, missing[0], Random.FirstOrDefault(text => text.StartsWith(missing[0], StringComparison.Ordinal)) ?? "nothing",
                $"the encoder of the recipe's sizes, since model.freeze_encoder is true; {missing.Count} of its tensors differ or are missing");
        foreach (var (setting, its, own) in new[]
        {
            ("model.encoder_heads", Encoder?.EncoderAttentionHeads, encoder.EncoderAttentionHeads), ("model.phone_layers", Encoder?.PhoneLayers, encoder.PhoneLayers),
            ("streaming.chunk_rows", Encoder?.ChunkRows, encoder.ChunkRows), ("streaming.left_chunks", Encoder?.LeftChunks, encoder.LeftChunks),
        })
            if (its != own) throw new CheckpointException(Folder, setting, $"{its}", $"{own}, as in the recipe, since model.freeze_encoder is true");
    }

    /// <summary>The feature scale that the model was trained with.</summary>
    /// <exception cref="CheckpointException">The folder is no small model.</exception>
    /// <exception cref="ConfigException">Its settings are missing or damaged.</exception>
    internal static FeatureScale ScaleOf(string path)
    {
        using var source = Open(path);
        var file = source.FileOf("preprocessor_config.json");
        var json = source.ReadPreprocessor() ?? throw new ConfigException(file, "path", "nothing: there is no such file", "the settings of the audio features");
        var (mean, deviation) = json.Build(_ => (Numbers("mel_mean", double.MinValue), Numbers("mel_std", 1e-30)));
        return new FeatureScale(mean, deviation);

        float[] Numbers(string name, double least)
        {
            var values = json.NumberListOr(name, []);
            if (values.Count != MelFrames.Bins || values.Any(value => !(value >= least) || !float.IsFinite((float)value)))
                json.AddProblem(name, $"{values.Count} numbers", $"{MelFrames.Bins} finite numbers{(least > 0 ? " above 0" : "")}");
            return [.. values.Select(value => (float)value)];
        }
    }

    private static IEnumerable<(int Mine, int Theirs)> SpokenTokens(SynthesisConfig theirs, SynthesisConfig mine)
    {
        for (var neighbour = 0; neighbour < SynthesisConfig.Neighbours; neighbour++)
            for (var phone = 0; phone <= mine.UnknownPhone; phone++) yield return (mine.PhoneToken(neighbour, phone), theirs.PhoneToken(neighbour, phone));
        foreach (var (own, its) in Voices(theirs, mine)) yield return (mine.VoiceToken(own), theirs.VoiceToken(its));
    }

    private static IEnumerable<(int Mine, int Theirs)> Voices(SynthesisConfig theirs, SynthesisConfig mine)
    {
        for (var voice = 0; voice < mine.Voices.Count; voice++)
            if (theirs.Voices.ToList().IndexOf(mine.Voices[voice]) is >= 0 and var its) yield return (voice, its);
        yield return (mine.UnknownVoice, theirs.UnknownVoice);
    }

    private static string? LayerOf(string name)
    {
        var at = name.IndexOf(".layers.", StringComparison.Ordinal);
        var end = at < 0 ? -1 : name.IndexOf('.', at + 8);
        return end < 0 ? null : name[..end];
    }

    private static ModelSource Open(string path)
    {
        var source = ModelSource.Open(path);
        try
        {
            return source.Kind == ModelKinds.Qwen2AudioCtc ? source
                : throw new CheckpointException(source.Path, "model_type", $"\"{source.Kind}\"", $"{ModelKinds.Qwen2AudioCtc}, a small model");
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static List<(int Mine, int Theirs)> Units(BytePairTokenizer theirs, BytePairTokenizer mine)
    {
        var known = Named(theirs).ToDictionary(StringComparer.Ordinal);
        return [.. Named(mine).Where(unit => known.ContainsKey(unit.Key)).Select(unit => (unit.Value, known[unit.Key]))];
    }

    private static IEnumerable<KeyValuePair<string, int>> Named(BytePairTokenizer tokenizer) =>
        tokenizer.Vocabulary.Ids.Values.Concat(tokenizer.AddedTokens.Select(token => token.Id)).Distinct().Select(id => KeyValuePair.Create(tokenizer.Symbol(id), id)).DistinctBy(unit => unit.Key, StringComparer.Ordinal);

    private static Span<float> Row(Parameter parameter, int row) => parameter.Value.Row(row);

    private static Span<float> Row(Parameter parameter, int row, int width) => parameter.Shape.Count > 1 ? parameter.Value.Row(row) : parameter.Value.Row(0).Slice(row, width);

    private static string Other(Parameter parameter, IReadOnlyList<long> shape) => $"{parameter.Name} ([{string.Join(", ", parameter.Shape)}], there [{string.Join(", ", shape)}])";
}
