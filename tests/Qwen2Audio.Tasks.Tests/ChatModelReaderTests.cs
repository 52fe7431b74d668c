using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Generation;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Tests.Whisper;
using Qwen2Audio.Tasks.Whisper;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Errors of a folder or a caller, which are reported by name and never look like a bug in the program.</summary>
public sealed class ChatModelReaderTests
{
    private static readonly ChatTurn[] Hello = [ChatTurn.User("Hello")];

    [Theory]
    [InlineData("""{"eos_token_id": [5, 1792]}""", "$.eos_token_id[1]")]
    [InlineData("""{"suppress_tokens": [1792]}""", "$.suppress_tokens[0]")]
    [InlineData("""{"begin_suppress_tokens": [99999]}""", "$.begin_suppress_tokens[0]")]
    [InlineData("""{"bad_words_ids": [[3], [4, 1800]]}""", "$.bad_words_ids[1][1]")]
    public void Ids_beyond_the_vocabulary_are_refused_when_the_folder_is_loaded(string settings, string place)
    {
        using var tiny = new TinyChat();
        Put(tiny, "generation_config.json", settings);
        var error = Assert.Throws<ConfigException>(() => ChatModel.Load(tiny.Folder));
        Assert.Contains("generation_config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains("1792", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_placeholder_that_is_not_the_tokenizers_is_refused()
    {
        using var tiny = new TinyChat(change: config => config["audio_token_index"] = 1700);
        var error = Assert.Throws<ConfigException>(() => ChatModel.Load(tiny.Folder));
        Assert.Contains("config.json: $.audio_token_index", error.Message, StringComparison.Ordinal);
        Assert.Contains("1759", error.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(ControlNames.TurnEnd), InlineData(ControlNames.TurnStart), InlineData(ControlNames.AudioStart)]
    public void A_tokenizer_without_a_control_token_of_conversations_is_refused(string token)
    {
        using var tiny = new TinyChat();
        Tokenizer(tiny, added =>
        {
            var id = added.First(entry => entry.Value!["content"]!.GetValue<string>() == token).Key;
            added.Remove(id);
        });
        Assert.Contains(token, Assert.Throws<TokenizerFileException>(() => ChatModel.Load(tiny.Folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("feature_size", 80)]
    [InlineData("hop_length", 200)]
    [InlineData("n_fft", 1024)]
    [InlineData("sampling_rate", 8000)]
    [InlineData("chunk_length", 30)]
    public void Other_features_than_are_computed_are_refused(string name, int value)
    {
        using var tiny = new TinyChat();
        var json = new JsonObject
        {
            ["feature_size"] = 128,
            ["hop_length"] = 160,
            ["n_fft"] = 400,
            ["sampling_rate"] = 16000,
            ["chunk_length"] = 3,
            ["return_attention_mask"] = true,
        };
        Put(tiny, "preprocessor_config.json", json.ToJsonString());
        ChatModel.Load(tiny.Folder).Dispose();
        json[name] = value;
        Put(tiny, "preprocessor_config.json", json.ToJsonString());
        var error = Assert.Throws<ConfigException>(() => ChatModel.Load(tiny.Folder));
        Assert.Contains($"preprocessor_config.json: $.{name}", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, AnswerOptions> Choices => new()
    {
        { "Temperature is 1E-07", new AnswerOptions { Sample = true, Temperature = 1e-7 } },
        { "TopP is 2", new AnswerOptions { TopP = 2 } },
        { "TopK is -1", new AnswerOptions { TopK = -1 } },
        { "RepetitionPenalty is 0", new AnswerOptions { RepetitionPenalty = 0 } },
        { "stop string is empty", new AnswerOptions { StopStrings = [""] } },
    };

    [Theory, MemberData(nameof(Choices), DisableDiscoveryEnumeration = true)]
    public void A_choice_out_of_range_is_the_callers(string found, AnswerOptions options)
    {
        using var tiny = new TinyChat(acceptsAudio: false);
        using var model = ChatModel.Load(tiny.Folder);
        var error = Assert.Throws<OptionException>(() => model.Reply(Hello, options: options with { MaxNewTokens = 2 }));
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(model.Reply(Hello, options: new AnswerOptions { MaxNewTokens = 2 }).Text);
    }

    [Fact]
    public void A_folder_that_asks_for_more_tokens_than_fit_gets_what_fits_and_a_caller_is_refused()
    {
        using var tiny = new TinyChat(acceptsAudio: false, change: config => config["max_position_embeddings"] = 100);
        Put(tiny, "generation_config.json", """{"max_new_tokens": 500}""");
        using var model = ChatModel.Load(tiny.Folder);
        var reply = model.Reply(Hello);
        Assert.Equal(100, reply.PromptTokens + reply.NewTokens);
        Assert.Equal(500, Assert.Throws<ContextLengthException>(() => model.Reply(Hello, options: new AnswerOptions { MaxNewTokens = 500 })).NewTokens);
    }

    [Theory, InlineData(null), InlineData(true)]
    public void Sampling_that_is_asked_for_is_as_the_folder_says(bool? folder)
    {
        var config = ConfigObject.Parse($$"""{"do_sample": {{(folder == true ? "true" : "false")}}, "top_k": 7, "top_p": 0.5, "temperature": 0.6, "min_p": 0.1}""", "generation_config.json")
            .Build(json => GenerationConfigReader.Read(json));
        var sampled = new AnswerOptions { Sample = true, TopP = 0.9 }.ToGeneration(config, 5, []).Tokens;
        Assert.True(sampled is { Sample: true, TopK: 7, TopP: 0.9, Temperature: 0.6, MinP: 0.1 });
        Assert.False(new AnswerOptions { Sample = false }.ToGeneration(config, 5, []).Tokens.Sample);
        Assert.Equal(50, new AnswerOptions { Sample = true }.ToGeneration(new GenerationConfig { TopK = 50 }, 5, []).Tokens.TopK);
    }

    [Theory, InlineData("AUDIO"), InlineData("Klingon"), InlineData("im_end"), InlineData("de"), InlineData("")]
    public void A_language_is_one_of_the_tokenizers_and_no_other_control_token(string language)
    {
        using var tiny = new TinyChat();
        Tokenizer(tiny, added =>
        {
            added["1770"] = new JsonObject { ["content"] = "<|en|>" };
            added["1771"] = new JsonObject { ["content"] = "<|zh|>" };
        });
        using var model = ChatModel.Load(tiny.Folder);
        var error = Assert.Throws<OptionException>(() => new PromptTranscriber(model, new PromptOptions { Language = language }).Transcribe(Sounds.Tone(1)));
        Assert.Contains("en, zh", error.Message, StringComparison.Ordinal);
        Assert.Equal(1771, PromptPieces.Plain(model.Tokenizer, "Speech: ", "zh")[^1]);
    }

    [Theory, InlineData("AUDIO"), InlineData("Klingon")]
    public void Without_language_tokens_it_is_a_code_all_the_same(string language)
    {
        using var tiny = new TinyChat();
        using var model = ChatModel.Load(tiny.Folder);
        Assert.Throws<OptionException>(() => new PromptTranscriber(model, new PromptOptions { Language = language }).Transcribe(Sounds.Tone(1)));
        Assert.DoesNotContain(PromptPieces.Plain(model.Tokenizer, "Speech: ", "en").Skip(3), model.Tokenizer.ControlTokens.Values.Contains);
    }

    [Theory]
    [InlineData("English", "en")]
    [InlineData("zh-CN", "zh")]
    [InlineData("<|zh|>", "zh")]
    [InlineData("auto", null)]
    [InlineData(null, null)]
    public void A_language_is_written_as_people_write_it_and_left_to_the_model_by_auto(string? given, string? code)
    {
        using var tiny = new TinyChat();
        using (var plain = ChatModel.Load(tiny.Folder)) Assert.Equal(code, PromptPieces.Language(plain.Tokenizer, given));
        Tokenizer(tiny, added =>
        {
            added["1770"] = new JsonObject { ["content"] = "<|en|>" };
            added["1771"] = new JsonObject { ["content"] = "<|zh|>", ["special"] = true };
        });
        using var model = ChatModel.Load(tiny.Folder);
        Assert.Equal(code, PromptPieces.Language(model.Tokenizer, given));
        var prompt = PromptPieces.Plain(model.Tokenizer, "Speech: ", code);
        Assert.Equal(code is null ? PromptPieces.Plain(model.Tokenizer, "Speech: ", "en")[..^1] : [.. PromptPieces.Plain(model.Tokenizer, "Speech: ", null), code == "en" ? 1770 : 1771], prompt);
        var transcription = new PromptTranscriber(model, new PromptOptions { Language = given, MaxNewTokens = 2 }).Transcribe(Sounds.Tone(1));
        if (code is not null) Assert.Equal(code, transcription.Language);
        Assert.DoesNotContain(transcription.Warnings, warning => warning.Code == "answer-cut"); // "unended" says the same of each piece
    }

    [Fact]
    public void Ids_that_no_token_has_are_never_made()
    {
        using var tiny = new TinyChat(acceptsAudio: false);
        Tokenizer(tiny, added => added["1791"] = new JsonObject { ["content"] = "<|last|>" });
        using var model = ChatModel.Load(tiny.Folder);
        Assert.Equal(Enumerable.Range(1762, 29), model.Tokenizer.UnusedIds(1792));
        for (ulong seed = 0; seed < 3; seed++)
        {
            using var run = model.Start(Hello, options: new AnswerOptions { MaxNewTokens = 300, Sample = true, Temperature = 100, Seed = seed });
            run.Finish(TestContext.Current.CancellationToken);
            Assert.DoesNotContain(run.Tokens.Tokens, token => token is >= 1762 and < 1791);
        }

        using var whisper = new TinyWhisper(change: folder => TinyWhisper.Edit(folder, "added_tokens.json", json => json["<|last|>"] = TinyWhisper.Vocabulary - 1));
        using var speech = LoadedWhisper.Load(whisper.Folder);
        int[] gap = [TinyWhisper.Vocabulary - 3, TinyWhisper.Vocabulary - 2];
        Assert.Subset(speech.Tokens.Suppressed.ToHashSet(), gap.ToHashSet());
        Assert.DoesNotContain(TinyWhisper.Vocabulary - 1, speech.Tokens.Suppressed);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_named_whatever_is_asked_of_the_model()
    {
        using var tiny = new TinyChat();
        NotNumbers(Path.Combine(tiny.Folder, "model.safetensors"));
        Assert.Contains("finite", Assert.Throws<CheckpointException>(() => ChatModel.Load(tiny.Folder)).Message, StringComparison.Ordinal); // small ones are read at once
        var unread = new ModelLoadOptions { CheckWeights = false };
        using (var model = ChatModel.Load(tiny.Folder, unread))
        {
            foreach (var sample in new[] { false, true })
                Refused(() => model.Reply(Hello, options: new AnswerOptions { MaxNewTokens = 3, Sample = sample }));
            Refused(() => new PromptTranscriber(model).Transcribe(Sounds.Tone(1)));
            Refused(() => new PromptClassifier(model).Classify(Sounds.Tone(1), ["a", "b"]));
            using var loaded = LoadedModel.Open(tiny.Folder);
            using var pool = new WorkerPool(1);
            using var ops = new InferenceOps(pool);
            var beams = new TextGenerationOptions { Tokens = new GenerationOptions { MaxNewTokens = 3, Beams = 2 } };
            Refused(() => new TextGenerator(new Qwen2Decoder(loaded.Decoder), ops, model.Tokenizer).Generate([[1, 2, 3]], beams));
        }

        using var whisper = new TinyWhisper();
        NotNumbers(Path.Combine(whisper.Folder, "model.safetensors"));
        Assert.Contains("finite", Assert.Throws<CheckpointException>(() => LoadedWhisper.Load(whisper.Folder)).Message, StringComparison.Ordinal);
        using var speech = LoadedWhisper.Load(whisper.Folder, unread);
        Refused(() => new WhisperTranscriber(speech).Transcribe(Sounds.Tone(1)));

        static void Refused(Action call) =>
            Assert.Contains("--check-weights", Assert.Throws<NonFiniteOutputException>(call).Message, StringComparison.Ordinal);
    }

    private static void NotNumbers(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan(bytes.Length / 8 * 6).Fill(0xff);
        File.WriteAllBytes(file, bytes);
    }

    private static void Put(TinyChat tiny, string name, string text) => File.WriteAllText(Path.Combine(tiny.Folder, name), text);

    private static void Tokenizer(TinyChat tiny, Action<JsonObject> change)
    {
        var path = Path.Combine(tiny.Folder, "tokenizer_config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json["added_tokens_decoder"]!.AsObject());
        File.WriteAllText(path, json.ToJsonString());
    }
}
