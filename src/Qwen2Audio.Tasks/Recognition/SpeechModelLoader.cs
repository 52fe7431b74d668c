using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Inference;
using Qwen2Audio.Model;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Assembles a model from its folder after checking that the files match each other.</summary>
internal static class SpeechModelLoader
{
    private static readonly string[] Controls = ["<|endoftext|>", "<|AUDIO|>", "<|go|>", "<|transcribe|>"];

    /// <summary>Loads a folder; adds what must be disposed with the model to <paramref name="owned"/>.</summary>
    public static SpeechModel Load(string path, ModelLoadOptions options, Stack<IDisposable> owned)
    {
        var folder = Own(CheckpointFolder.Open(path));
        var kind = folder.Config.StringOr("model_type", "");
        if (kind != ModelKinds.Qwen2AudioCtc)
            throw new NotSupportedException(
                $"{path}: model_type \"{kind}\" is not supported here; allowed: {ModelKinds.Qwen2AudioCtc} (a small model trained by this program).");
        MemoryRequirement.Require(ModelDescription.Read(folder.Config));
        var config = ModelConfigReader.ReadQwen2Audio(folder.Config);
        var tokenizer = TokenizerFiles.Load(path, new TokenizerLoadOptions { PartialAlphabet = true });
        Check(path, config, tokenizer);
        var settings = SpeechFolder.Settings(path, folder.Config, tokenizer.ControlId("<|endoftext|>"), config.TextConfig.VocabSize);
        CheckLabels(path, settings, tokenizer);
        if (options.Adapter is null && !options.IgnoreDomain) settings = settings with { Domain = DomainFolder.Read(folder, settings.LabelSets, config.TextConfig.HiddenSize) };
        var features = SpeechFolder.Features(path, config.AudioConfig.NumMelBins);
        CheckRoom(path, config, features);
        var parts = Own(new ModelParts(LoadedModel.Of(folder, WeightStorage.Packed), options));
        var speech = Own(new SpeechNetwork(parts.Model.Audio!, parts.Ops, tokenizer, settings, features));
        var info = new SpeechModelInfo
        {
            Path = path,
            Kind = kind,
            Config = config,
            Parameters = folder.Tensors.Values.Sum(tensor => tensor.Count),
            WeightBytes = parts.Model.StoredBytes,
            SampleRate = features.SamplingRate,
            RowsPerSecond = 1 / speech.RowSeconds,
            LabelSets = settings.LabelSets,
            CtcBeam = settings.CtcBeam,
            CtcWeight = settings.CtcWeight,
            Threads = parts.Threads,
        };
        return new SpeechModel(info, speech, parts.Gate, [.. owned]) { Warnings = parts.Warnings };

        T Own<T>(T item)
            where T : IDisposable
        {
            owned.Push(item);
            return item;
        }
    }

    private static void Check(string path, Qwen2AudioConfig config, BytePairTokenizer tokenizer)
    {
        var file = Path.Combine(path, "config.json");
        if (config.AudioConfig.CtcVocabSize != config.TextConfig.VocabSize)
            throw new ConfigException(file, "$.audio_config.ctc_vocab_size", $"{config.AudioConfig.CtcVocabSize}",
                $"text_config.vocab_size ({config.TextConfig.VocabSize}): CTC classes are text units");
        if (tokenizer.Size > config.TextConfig.VocabSize)
            throw new ConfigException(file, "$.text_config.vocab_size", $"{config.TextConfig.VocabSize}", $"at least the {tokenizer.Size} text units");
        foreach (var control in Controls)
            if (!tokenizer.ControlTokens.ContainsKey(control))
                throw new ConfigException(Path.Combine(path, "added_tokens.json"), "$", $"no {control}", "all of: " + string.Join(", ", Controls));
        if (tokenizer.ControlId("<|AUDIO|>") != config.AudioTokenIndex)
            throw new ConfigException(file, "$.audio_token_index", $"{config.AudioTokenIndex}", $"the id of <|AUDIO|> ({tokenizer.ControlId("<|AUDIO|>")})");
        if (!tokenizer.ControlTokens.Any(control => control.Value == CtcPosteriors.Blank))
            throw new ConfigException(Path.Combine(path, "added_tokens.json"), "$", "no control token with id 0", "the CTC blank, <|blank|>, as id 0");
    }

    /// <summary>Checks that the context has room for a prompt with a short clip and some text.</summary>
    private static void CheckRoom(string path, Qwen2AudioConfig config, FeatureSettings features)
    {
        var (file, rows) = (Path.Combine(path, "config.json"), SpeechNetwork.LeastRows(config, features));
        if (config.AudioConfig.MaxSourcePositions < rows)
            throw new ConfigException(file, "$.audio_config.max_source_positions", $"{config.AudioConfig.MaxSourcePositions}",
                $"at least {rows}, the rows of a short clip with its padding");
        var least = SpeechNetwork.PromptTokens + (rows + 1) / 2 + SpeechNetwork.TextRoom;
        if (config.TextConfig.MaxPositionEmbeddings < least)
            throw new ConfigException(file, "$.text_config.max_position_embeddings", $"{config.TextConfig.MaxPositionEmbeddings}",
                $"at least {least}: a prompt with a short clip, and {SpeechNetwork.TextRoom} positions for text");
    }

    private static void CheckLabels(string path, SpeechSettings settings, BytePairTokenizer tokenizer)
    {
        foreach (var task in settings.LabelSets.Keys)
            if (!tokenizer.ControlTokens.ContainsKey($"<|{task}|>"))
                throw new ConfigException(Path.Combine(path, "config.json"), $"$.label_sets.{task}", $"a task without control token <|{task}|>",
                    "tasks of added_tokens.json");
    }
}
