using System.Globalization;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Cli.Commands;

/// <summary>One line of info: its name in JSON, its display name, its value in JSON, and its text.</summary>
internal sealed record ModelFact(string Key, string Name, object? Value, string Text);

/// <summary>What info reports about a model folder or a single configuration file.</summary>
internal static class ModelFacts
{
    /// <summary>Key of the list of problems with the weights.</summary>
    public const string WeightProblems = "weight_problems";

    private const int CacheTokens = 1024;
    private const int FewFields = 3;

    /// <summary>Facts from the configuration, and from the files next to it if there are any.</summary>
    public static List<ModelFact> Of(string path, ModelDescription model)
    {
        var folder = Directory.Exists(path) ? path : null;
        using var checkpoint = OpenWeights(folder, out var damage);
        var stored = checkpoint is null ? model.StoredType : string.Join(", ", checkpoint.Tensors.Values.Select(tensor => tensor.DType.Name()).Distinct().Order(StringComparer.Ordinal));
        var weights = checkpoint?.Tensors.Values.Sum(tensor => tensor.ByteLength) ?? model.WeightBytes;
        var cacheTokens = Math.Min(CacheTokens, model.Text?.MaxPositionEmbeddings ?? model.Whisper?.MaxTargetPositions ?? CacheTokens);
        var cache = model.CacheNumbersPerPosition * cacheTokens * sizeof(float);
        List<ModelFact> facts =
        [
            new(folder is null ? "file" : "folder", folder is null ? "file" : "folder", path, path),
            new("model_type", "model type", model.Kind, model.Kind),
            new("parameters", "parameters", model.Parameters, Number(model.Parameters)),
        ];
        if (model.ActiveParameters < model.Parameters)
            facts.Add(new("active_parameters", "active per token", model.ActiveParameters, $"{Number(model.ActiveParameters)} (chosen experts only)"));
        facts.Add(new("tensors", "tensors", checkpoint?.Tensors.Count ?? model.TensorCount,
            checkpoint is null ? $"{model.TensorCount}" : $"{checkpoint.Tensors.Count} in {checkpoint.Files.Count} file(s)"));
        facts.Add(new("dtype", "stored as", stored, stored));
        if (checkpoint is not null)
        {
            var disk = checkpoint.Files.Sum(file => new FileInfo(file.Path).Length);
            facts.Add(new("disk_bytes", "on disk", disk, Size(disk)));
        }

        facts.Add(new("weight_bytes", "weights in memory", weights, Size(weights)));
        facts.Add(new("cache_bytes", "key/value cache", cache, $"{Size(cache)} (float32) for a sequence of {cacheTokens} tokens"));
        facts.Add(new("cache_tokens", "", cacheTokens, ""));
        var fits = weights + cache <= MemoryRequirement.Available;
        facts.Add(new("available_bytes", "memory", MemoryRequirement.Available, $"{Size(MemoryRequirement.Available)} on this machine: {(fits ? "fits" : "does not fit")}"));
        facts.Add(new("fits", "", fits, ""));
        if (model.Text is { } text) facts.Add(Line("decoder", "decoder", Describe(text)));
        if (model.Whisper is { } whisper) facts.Add(Line("decoder", "decoder", Describe(whisper)));
        if (model.Encoder is { } encoder) facts.Add(Line("encoder", "audio encoder", Describe(encoder)));
        if (folder is not null && model.Kind == ModelKinds.Qwen2AudioCtc && File.Exists(Path.Combine(folder, "generation_config.json")))
            facts.Add(Line("decoding", "decoding", Decoding(folder)));
        if (LabelSets(model.Config) is { Count: > 0 } sets)
        {
            facts.Add(new("label_sets", "labels", sets, "what classify chooses from:"));
            facts.AddRange(sets.Select(set => new ModelFact("", "  " + set.Key, null, string.Join(", ", set.Value))));
        }

        facts.Add(List("missing", "missing", Missing(folder, model)));
        if (checkpoint is not null || damage.Count > 0) facts.Add(List(WeightProblems, "weights", checkpoint is null ? damage : Problems(checkpoint, model)));
        string[] unused = [.. model.FieldsNotUsed.Where(field => !field.StartsWith("$.label_sets", StringComparison.Ordinal))];
        facts.Add(new("fields_not_used", "fields not used", unused, Fields(unused)));
        if (folder is not null && GenerationSettings(folder, model) is { } settings) facts.Add(settings);
        return facts;
    }

    /// <summary>Unused fields of generation_config.json, or what is wrong with the file; null if there is none.</summary>
    private static ModelFact? GenerationSettings(string folder, ModelDescription model)
    {
        const string key = "generation_fields_not_used";
        var path = Path.Combine(folder, GenerationConfigReader.FileName);
        if (model.Kind == ModelKinds.Qwen2AudioCtc || !File.Exists(path)) return null;
        try
        {
            var unused = model.Whisper is { } whisper ? WhisperGenerationConfigReader.Read(ConfigObject.Open(path), whisper).Ignored
                : GenerationConfigReader.Open(path).Ignored;
            return new(key, "generation fields not used", unused, Fields(unused));
        }
        catch (ConfigException exception)
        {
            return new("generation_problems", "generation settings", exception.Message, exception.Message);
        }
    }

    private static string Fields(IReadOnlyList<string> paths) => paths.Count switch
    {
        0 => "none",
        <= FewFields => string.Join(", ", paths.Select(path => path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path)),
        var count => $"{count}that have no effect here (--json lists them)",
    };

    private static SortedDictionary<string, IReadOnlyList<string>> LabelSets(ConfigObject config)
    {
        var sets = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (config.ObjectOrNull("label_sets") is { } given)
            foreach (var name in given.Names) sets[name] = given.StringListOr(name, []);
        return sets;
    }

    private static bool HasWeights(string folder) =>
        File.Exists(Path.Combine(folder, "model.safetensors")) || File.Exists(Path.Combine(folder, "model.safetensors.index.json"));

    private static CheckpointFolder? OpenWeights(string? folder, out IReadOnlyList<string> damage)
    {
        damage = [];
        if (folder is null || !HasWeights(folder)) return null;
        try
        {
            return CheckpointFolder.Open(folder);
        }
        catch (CheckpointException exception)
        {
            damage = Texts(exception);
            return null;
        }
    }

    private static List<string> Missing(string? folder, ModelDescription model)
    {
        var missing = new List<string>();
        if (folder is null || !HasWeights(folder)) missing.Add("weights (model.safetensors, or model.safetensors.index.json with its shards)");
        if (folder is null) missing.Add("tokenizer (tokenizer.json, or vocab.json with merges.txt)");
        else if (TokenizerFiles.Missing(folder) is { Count: > 0 } files) missing.Add($"tokenizer (tokenizer.json, or {string.Join(" and ", files)})");
        else if (TokenizerProblem(folder, model) is { } problem) missing.Add(problem);
        if (model.Encoder is not null && (folder is null || !File.Exists(Path.Combine(folder, "preprocessor_config.json"))))
            missing.Add("preprocessor_config.json");
        return missing;
    }

    private static string? TokenizerProblem(string folder, ModelDescription model)
    {
        try
        {
            var tokenizer = TokenizerFiles.Load(folder, new TokenizerLoadOptions { PartialAlphabet = model.Kind == ModelKinds.Qwen2AudioCtc, Whisper = model.Whisper is not null });
            IReadOnlyList<string> needed = model.Kind == ModelKinds.Qwen2AudioCtc ? [] : model.Whisper is not null ? ["<|startoftranscript|>", "<|endoftext|>", "<|notimestamps|>"]
                : ControlNames.OfConversations(model.Encoder is not null);
            List<string> missing = [.. needed.Where(name => !tokenizer.ControlTokens.ContainsKey(name))];
            return missing.Count == 0 ? null : $"tokenizer control tokens: {string.Join(", ", missing)} (listed in tokenizer_config.json, added_tokens.json or tokenizer.json)";
        }
        catch (TokenizerFileException exception)
        {
            return $"a readable tokenizer: {exception.Message}";
        }
    }

    private static IReadOnlyList<string> Problems(CheckpointFolder checkpoint, ModelDescription model)
    {
        try
        {
            return ModelCheck.Require(checkpoint, model);
        }
        catch (CheckpointException exception)
        {
            return Texts(exception);
        }
    }

    private static List<string> Texts(CheckpointException exception)
    {
        var texts = exception.Problems.Take(10).Select(problem => problem.ToString()).ToList();
        if (exception.ProblemCount > texts.Count) texts.Add($"and {exception.ProblemCount - texts.Count} more");
        return texts;
    }

    private static ModelFact Line(string key, string name, string text) => new(key, name, text, text);

    private static ModelFact List(string key, string name, IReadOnlyList<string> values) =>
        new(key, name, values, values.Count == 0 ? key == WeightProblems ? "all tensors are present" : "nothing" : string.Join("\n", values));

    private static string Describe(Qwen2Config text)
    {
        var feedForward = text.Moe is { } moe
            ? $"{moe.NumExperts} experts of {moe.MoeIntermediateSize}, {moe.NumExpertsPerTok} active, shared expert {moe.SharedExpertIntermediateSize}"
            : $"feed-forward {text.IntermediateSize}";
        return $"{text.NumHiddenLayers} layers × {text.HiddenSize}, {text.NumAttentionHeads} query and {text.NumKeyValueHeads} key/value heads, "
            + $"{feedForward}, vocabulary {text.VocabSize}, context {text.MaxPositionEmbeddings}"
            + (text.Yarn is { } yarn ? $", YaRN × {yarn.Factor} over {yarn.OriginalPositions}" : "")
            + (text.SlidingWindow > 0 ? $", sliding window {text.SlidingWindow} from layer {text.MaxWindowLayers}" : "");
    }

    private static string Describe(WhisperConfig config) =>
        $"{config.DecoderLayers} layers × {config.DModel}, {config.DecoderAttentionHeads} heads, feed-forward {config.DecoderFfnDim}, "
        + $"cross-attention in each, vocabulary {config.VocabSize}, context {config.MaxTargetPositions}";

    private static string Describe(AudioEncoderConfig audio) =>
        $"{audio.EncoderLayers} layers × {audio.DModel}, {audio.EncoderAttentionHeads} heads, feed-forward {audio.EncoderFfnDim}, {audio.NumMelBins} mel bins"
        + (audio.TimeKernelSize > 0 ? $", time convolution of {audio.TimeKernelSize} taps" : "")
        + (audio.CtcVocabSize > 0 ? $", CTC over {audio.CtcVocabSize} classes" : "");

    private static string Decoding(string folder)
    {
        var generation = ConfigObject.Open(Path.Combine(folder, "generation_config.json"));
        var (beam, weight) = (generation.IntOr("ctc_beam", 8, min: 1), generation.NumberOr("ctc_weight", 0.7, 0, 1));
        return $"{beam} candidates of the CTC beam search, scored by {weight:0.##} · CTC + {1 - weight:0.##} · decoder log probability";
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Size(long bytes) => Bytes.Shown(bytes);
}
