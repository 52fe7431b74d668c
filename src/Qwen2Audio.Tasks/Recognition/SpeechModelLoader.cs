using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Inference;
using Qwen2Audio.Model;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Assembles a small model after checking that its parts match each other.</summary>
internal static class SpeechModelLoader
{
    private static readonly string[] Controls = ["<|endoftext|>", "<|AUDIO|>", "<|go|>", "<|transcribe|>"];

    /// <summary>Loads a model from a source, which stays the caller's when it fails.</summary>
    public static SpeechModel Load(ModelSource source, ModelLoadOptions options)
    {
        var kind = source.Config.StringOr("model_type", "");
        if (kind != ModelKinds.Qwen2AudioCtc)
            throw new NotSupportedException(
                $"{source.Path}: model_type \"{kind}\" is not supported here; allowed: {ModelKinds.Qwen2AudioCtc} (a small model trained by this program).");
        var language = ReadLanguageModel(source, options); // beside the rest, since a large one takes most of the time
        var config = ModelConfigReader.ReadQwen2Audio(source.Config);
        var tokenizer = source.ReadTokenizer();
        Check(source, config, tokenizer);
        var settings = SpeechModelReader.Settings(source.Config, source.ReadGeneration(), tokenizer.ControlId("<|endoftext|>"), config.TextConfig.VocabSize, LexiconPath(source, options) is not null);
        CheckLabels(source, settings, tokenizer);
        if (options.Adapter is null && !options.IgnoreDomain && source is ModelFolder folder)
            settings = settings with { Domain = DomainFolder.Read(folder.Checkpoint, settings.LabelSets, config.TextConfig.HiddenSize) };
        settings = settings with { Punctuator = ReadPunctuation(source, settings) };
        var features = SpeechModelReader.Features(Preprocessor(source), config.AudioConfig.NumMelBins);
        CheckContext(source, config, features);
        return Ownership.Pass(new ModelParts<LoadedModel>(LoadedModel.Of(source, WeightStorage.Packed), options), parts =>
        {
            var folder = source.FileOf(NeuralLanguageModel.FolderName);
            var neural = Directory.Exists(folder) ? NeuralLanguageModel.Load(folder, parts.Ops) : null;
            try
            {
                if (language.GetAwaiter().GetResult() is { } ngrams)
                    settings = settings with { LanguageModel = new ShallowFusion(ngrams, options.LanguageModelWeight ?? settings.LanguageModelWeight, options.WordBonus ?? settings.WordBonus) };
                settings = settings with { Lexicon = ReadLexicon(source, config, tokenizer, settings, options, neural) };
                var speech = new SpeechNetwork(parts.Model.Audio!, parts.Ops, tokenizer, settings, features);
                return new SpeechModel(Info(source, config, settings, speech, parts), speech, parts.Gate, [speech, .. neural is null ? Array.Empty<IDisposable>() : [neural], parts]) { Parts = parts, Warnings = parts.Warnings };
            }
            catch
            {
                neural?.Dispose();
                throw;
            }
        });
    }

    private static SpeechModelInfo Info(ModelSource source, Qwen2AudioConfig config, SpeechSettings settings, SpeechNetwork speech, ModelParts<LoadedModel> parts) => new()
    {
        Path = source.Path,
        Kind = ModelKinds.Qwen2AudioCtc,
        Config = config,
        Parameters = source.Tensors.Values.Sum(tensor => tensor.Count),
        WeightBytes = parts.Model.StoredBytes,
        SampleRate = speech.SampleRate,
        RowsPerSecond = 1 / speech.RowSeconds,
        StreamingDelay = speech.StreamingDelay,
        LabelSets = settings.LabelSets,
        CtcBeam = settings.CtcBeam,
        CtcWeight = settings.CtcWeight,
        LanguageModelWeight = settings.LanguageModel?.Weight,
        WordBonus = settings.LanguageModel?.WordBonus,
        LexiconWords = settings.Lexicon?.Count,
        RescoringWeight = settings.Lexicon?.RescoringWeight,
        Threads = parts.Threads,
    };

    /// <summary>The named language model, or the one in the folder.</summary>
    private static Task<NGramModel?> ReadLanguageModel(ModelSource source, ModelLoadOptions options)
    {
        var path = options.LanguageModel ?? source.FileOf(NGramFile.FileName);
        return options.LanguageModel is null && !File.Exists(path) ? Task.FromResult<NGramModel?>(null) : Task.Run<NGramModel?>(() => NGramFile.Read(path));
    }

    private static Punctuator? ReadPunctuation(ModelSource source, SpeechSettings settings)
    {
        var path = source.FileOf(PunctuationFile.FileName);
        return File.Exists(path) ? new Punctuator(PunctuationFile.Read(path), settings.SpokenLabels) : null;
    }

    private static string? LexiconPath(ModelSource source, ModelLoadOptions options) => options.Lexicon ?? LexiconFile.OfRecogniser(source, options.LanguageModel is not null);

    /// <summary>The named lexicon, or the one in the folder.</summary>
    private static WordRecognition? ReadLexicon(ModelSource source, Qwen2AudioConfig config, BytePairTokenizer tokenizer, SpeechSettings settings, ModelLoadOptions options, NeuralLanguageModel? neural)
    {
        if (LexiconPath(source, options) is not { } path)
        {
            return neural is null ? null : throw new CheckpointException(source.FileOf(NeuralLanguageModel.FolderName), "path", "a neural language model without a lexicon",
                $"one with a lexicon, whose texts it judges: {LexiconFile.FileName} in the model's folder, or --lexicon ({nameof(ModelLoadOptions)}.{nameof(ModelLoadOptions.Lexicon)})");
        }

        if (config.AudioConfig is not { PhoneVocabSize: PhoneSet.Count, PhoneLayers: > 0 })
            throw new ConfigException(source.Config.File, "$.audio_config.phone_vocab_size", $"{config.AudioConfig.PhoneVocabSize}",
                $"{PhoneSet.Count} with phone_layers above 0, to use the lexicon {path}: a model that was trained with phones");
        if (settings.LanguageModel is not { } language)
            throw new CheckpointException(path, "path", "a lexicon without a language model", $"one with a language model: {NGramFile.FileName} in the model's folder, or --language-model ({nameof(ModelLoadOptions)}.{nameof(ModelLoadOptions.LanguageModel)})");
        var lexicon = LexiconFile.Read(path);
        RequireLetters(lexicon, path, tokenizer, "the model's");
        if (neural is not null) RequireLetters(lexicon, path, neural.Tokenizer, "the neural language model's");
        return new WordRecognition(lexicon, language, settings, PhonePriors.Read(source.FileOf(PhonePriors.FileName)), neural);
    }

    private static void RequireLetters(Lexicon lexicon, string path, BytePairTokenizer tokenizer, string whose)
    {
        foreach (var letter in lexicon.Words.SelectMany(word => word).Distinct())
        {
            try
            {
                tokenizer.Encode(letter.ToString());
            }
            catch (UnknownTextException exception)
            {
                throw new CheckpointException(path, "words", $"the character {letter}", $"characters of {whose} text units", exception);
            }
        }
    }

    private static void Check(ModelSource source, Qwen2AudioConfig config, BytePairTokenizer tokenizer)
    {
        var file = source.Config.File;
        if (config.AudioConfig.CtcVocabSize != config.TextUnits)
            throw new ConfigException(file, "$.audio_config.ctc_vocab_size", $"{config.AudioConfig.CtcVocabSize}",
                $"text_config.vocab_size ({config.TextConfig.VocabSize}): CTC classes are text units");
        foreach (var control in Controls)
            if (!tokenizer.ControlTokens.ContainsKey(control))
                throw new ConfigException(source.FileOf("added_tokens.json"), "$", $"no {control}", "all of: " + string.Join(", ", Controls));
        ModelCheck.RequirePlaceholder(source, config, tokenizer);
        if (!tokenizer.ControlTokens.Any(control => control.Value == CtcPosteriors.Blank))
            throw new ConfigException(source.FileOf("added_tokens.json"), "$", "no control token with id 0", "the CTC blank, <|blank|>, as id 0");
    }

    private static ConfigObject Preprocessor(ModelSource source) => source.ReadPreprocessor()
        ?? throw new ConfigException(source.FileOf("preprocessor_config.json"), "path", "nothing: there is no such file", "the settings of the audio features");

    /// <summary>Checks that the context has room for a prompt with a short clip and some text.</summary>
    private static void CheckContext(ModelSource source, Qwen2AudioConfig config, FeatureSettings features)
    {
        var (file, rows) = (source.Config.File, SpeechNetwork.MinRows(config, features));
        if (config.AudioConfig.MaxSourcePositions < rows)
            throw new ConfigException(file, "$.audio_config.max_source_positions", $"{config.AudioConfig.MaxSourcePositions}",
                $"at least {rows}, the rows of a short clip with its padding");
        var least = SpeechNetwork.PromptTokens + (rows + 1) / 2 + SpeechNetwork.ReservedTextTokens;
        if (config.TextConfig.MaxPositionEmbeddings < least)
            throw new ConfigException(file, "$.text_config.max_position_embeddings", $"{config.TextConfig.MaxPositionEmbeddings}",
                $"at least {least}: a prompt with a short clip, and {SpeechNetwork.ReservedTextTokens} positions for text");
    }

    private static void CheckLabels(ModelSource source, SpeechSettings settings, BytePairTokenizer tokenizer)
    {
        foreach (var task in settings.LabelSets.Keys)
            if (!tokenizer.ControlTokens.ContainsKey($"<|{task}|>"))
                throw new ConfigException(source.Config.File, $"$.label_sets.{task}", $"a task without control token <|{task}|>",
                    "tasks of added_tokens.json");
    }
}
