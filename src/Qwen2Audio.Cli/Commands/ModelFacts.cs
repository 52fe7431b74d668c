using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Inference;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.FrameCodec;
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
    public static List<ModelFact> Of(string path)
    {
        using var source = ModelSource.Is(path) ? ModelSource.Open(path) : null;
        var model = source?.Description ?? ModelDescription.Open(path);
        var checkpoint = WithTensors(source, out var damage);
        var stored = checkpoint is null ? model.StoredType : string.Join(", ", checkpoint.Tensors.Values.Select(tensor => tensor.DType.Name()).Distinct().Order(StringComparer.Ordinal));
        var storage = WeightMemory.StorageOf(model.Kind);
        var weights = checkpoint is not null ? WeightMemory.Held(checkpoint, storage) : storage == WeightStorage.Packed ? model.Parameters * sizeof(float) : model.WeightBytes;
        var cacheTokens = Math.Min(CacheTokens, model.Text?.MaxPositionEmbeddings ?? model.Whisper?.MaxTargetPositions ?? CacheTokens);
        var cache = model.CacheNumbersPerPosition * cacheTokens * sizeof(float);
        List<ModelFact> facts =
        [
            Line(source is ModelFolder ? "folder" : "file", source is ModelFolder ? "folder" : "file", path),
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
            var disk = checkpoint.Files.Sum(file => new FileInfo(file).Length);
            facts.Add(new("disk_bytes", "on disk", disk, Size(disk)));
        }

        facts.Add(new("weight_bytes", "weights in memory", weights, Size(weights)));
        if (!model.IsCodec) facts.Add(new("cache_bytes", "key/value cache", cache, $"{Size(cache)} (float32) for a sequence of {cacheTokens} tokens"));
        if (!model.IsCodec) facts.Add(new("cache_tokens", "", cacheTokens, ""));
        var fits = weights + cache <= MemoryRequirement.Available;
        facts.Add(new("available_bytes", "memory", MemoryRequirement.Available, $"{Size(MemoryRequirement.Available)} on this machine: {(fits ? "fits" : "does not fit")}"));
        facts.Add(new("fits", "", fits, ""));
        if (model.Text is { } text) facts.Add(Line("decoder", "decoder", Describe(text)));
        if (model.Whisper is { } whisper) facts.Add(Line("decoder", "decoder", Describe(whisper)));
        if (model.Codec is { } codec) facts.Add(Line("codec", "codec", Describe(codec)));
        if (model.FrameCodec is { } frameCodec) facts.Add(Line("codec", "codec", Describe(frameCodec)));
        if (model.Synthesis is { } synthesis)
        {
            facts.Add(new("voices", "speaks", synthesis.Voices, $"{string.Join(", ", synthesis.Voices)}{(synthesis.SpeakerWidth > 0 ? ", or like a recording" : "")}; in {synthesis.Books} codebooks of the codec in its folder {SynthesisConfigFile.CodecFolder}"));
            facts.Add(new("draws", "  draws with", new { synthesis.Guidance, synthesis.VoiceGuidance, synthesis.Temperature }, string.Create(CultureInfo.InvariantCulture, $"guidance {synthesis.Guidance:0.##} by text and {synthesis.VoiceGuidance:0.##} by voice, temperature {synthesis.Temperature:0.##}")));
        }

        if (model.Encoder is { } encoder) facts.Add(Line("encoder", "audio encoder", Describe(encoder)));
        if (model.Kind == ModelKinds.Qwen2AudioCtc && source?.ReadGeneration() is { } generation)
        {
            string[] beside = [.. new[] { NGramFile.FileName, LexiconFile.FileName, LetterToSound.FileName, PunctuationFile.FileName }.Where(name => File.Exists(source.FileOf(name)))];
            facts.Add(Line("decoding", "decoding", Decoding(generation, LexiconFile.OfRecogniser(source) is not null, beside.Contains(NGramFile.FileName))));
            if (beside.Length > 0) facts.Add(new("used_files", "also used", beside, string.Join(", ", beside.Select(name => $"{name} ({Size(new FileInfo(source.FileOf(name)).Length)})"))));
        }

        if (LabelSets(model.Config) is { Count: > 0 } sets)
        {
            facts.Add(new("label_sets", "labels", sets, "what classify chooses from:"));
            facts.AddRange(sets.Select(set => new ModelFact("", "  " + set.Key, null, string.Join(", ", set.Value))));
        }

        facts.Add(List("missing", "missing", Missing(source, model)));
        if (checkpoint is not null || damage.Count > 0) facts.Add(List(WeightProblems, "weights", checkpoint is null ? damage : Problems(checkpoint)));
        string[] unused = [.. model.FieldsNotUsed.Where(field => !field.StartsWith("$.label_sets", StringComparison.Ordinal))];
        facts.Add(new("fields_not_used", "fields not used", unused, Fields(unused)));
        if (source is not null && GenerationSettings(source) is { } settings) facts.Add(settings);
        return facts;
    }

    /// <summary>Unused fields of generation_config.json, or what is wrong with the file; null if there is none.</summary>
    private static ModelFact? GenerationSettings(ModelSource source)
    {
        const string key = "generation_fields_not_used";
        if (source.Kind == ModelKinds.Qwen2AudioCtc || source.Description.IsCodec || !source.Has(ModelPart.Generation)) return null;
        try
        {
            var settings = source.ReadGeneration()!;
            var unused = source.Description.Whisper is { } whisper ? WhisperGenerationConfigReader.Read(settings, whisper).Ignored
                : settings.Build(json => GenerationConfigReader.Read(json)).Ignored;
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
        var count => $"{count} that have no effect here (--json lists them)",
    };

    private static SortedDictionary<string, IReadOnlyList<string>> LabelSets(ConfigObject config)
    {
        var sets = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (config.ObjectOrNull("label_sets") is { } given)
            foreach (var name in given.Names) sets[name] = given.StringListOr(name, []);
        return sets;
    }

    /// <summary>The source when its tensors can be opened; else null, and what is wrong with those that are there.</summary>
    private static ModelSource? WithTensors(ModelSource? source, out IReadOnlyList<string> damage)
    {
        damage = [];
        if (source?.Has(ModelPart.Tensors) != true) return null;
        try
        {
            _ = source.Tensors;
            return source;
        }
        catch (CheckpointException exception)
        {
            damage = Texts(exception);
            return null;
        }
    }

    private static List<string> Missing(ModelSource? source, ModelDescription model)
    {
        var missing = new List<string>();
        if (source?.Has(ModelPart.Tensors) != true) missing.Add("weights (model.safetensors, or model.safetensors.index.json with its shards)");
        if (model.IsCodec) return missing;
        if (source?.Has(ModelPart.Tokenizer) != true) missing.Add("tokenizer (tokenizer.json, or vocab.json with merges.txt)");
        else if (TokenizerProblem(source) is { } problem) missing.Add(problem);
        if (model.Encoder is not null && source?.Has(ModelPart.Preprocessor) != true) missing.Add("preprocessor_config.json");
        if (model.Synthesis is not null && (source is null || !ModelSource.Is(source.FileOf(SynthesisConfigFile.CodecFolder)))) missing.Add($"the folder {SynthesisConfigFile.CodecFolder} (the codec in whose tokens it speaks)");
        return missing;
    }

    private static string? TokenizerProblem(ModelSource source)
    {
        try
        {
            var (tokenizer, model) = (source.ReadTokenizer(), source.Description);
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

    private static IReadOnlyList<string> Problems(ModelSource checkpoint)
    {
        try
        {
            return ModelCheck.Require(checkpoint);
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

    private static string Describe(CodecConfig codec) =>
        $"{codec.SamplingRate} Hz, {codec.AudioChannels} {(codec.AudioChannels == 1 ? "channel" : "channels")}, {(double)codec.SamplingRate / codec.SamplesPerFrame:0.##} frames a second × {codec.Stages} codebooks of {codec.Entries}"
        + (codec.Bandwidths.Count == 0 ? "" : $"; {string.Join(", ", codec.Bandwidths.Select(bandwidth => $"{bandwidth.Kilobits} kbit/s: {bandwidth.Stages}"))}")
        + (codec.Chunks is { } chunks ? $"; chunks of {chunks.Length} samples every {chunks.Stride}" : "");

    private static string Describe(FrameCodecConfig codec) =>
        $"{codec.SamplingRate} Hz, 1 channel, {codec.FrameRate} frames a second × {codec.Books} codebooks of {codec.Entries}: "
        + $"{codec.BitsPerSecond / codec.Books / 1000:0.##} to {codec.BitsPerSecond / 1000:0.##} kbit/s; delay {1000.0 * codec.Delay / codec.SamplingRate:0.#} ms";

    private static string Describe(AudioEncoderConfig audio) =>
        $"{audio.EncoderLayers} layers × {audio.DModel}, {audio.EncoderAttentionHeads} heads, feed-forward {audio.EncoderFfnDim}, {audio.NumMelBins} mel bins"
        + (audio.TimeKernelSize > 0 ? $", time convolution of {audio.TimeKernelSize} taps" : "")
        + (audio.CtcVocabSize > 0 ? $", CTC over {audio.CtcVocabSize} classes" : "")
        + (audio.Chunks is { } chunks ? string.Create(CultureInfo.InvariantCulture, $", trained for streaming in chunks of {chunks.Rows} rows (delay {Delay(audio, chunks):0.#} ms)") : "");

    private static double Delay(AudioEncoderConfig audio, EncoderChunks chunks) =>
        1000.0 * (chunks.Rows * audio.Conv1Stride * audio.Conv2Stride * AudioLengths.Hop + StreamingLogMel.Delay) / LogMel.SampleRate;

    private static string Decoding(ConfigObject generation, bool lexicon, bool languageModel)
    {
        var (beam, weight) = (generation.IntOr("ctc_beam", 8, min: 1), generation.NumberOr("ctc_weight", 0.7, 0, 1));
        return $"{beam} candidates of {(lexicon ? "the search for the lexicon's words in the phones" : "the CTC beam search")}, scored by {weight:0.##} · CTC + {1 - weight:0.##} · decoder log probability"
            + (languageModel ? ", and the language model" : "");
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Size(long bytes) => Bytes.Shown(bytes);
}
