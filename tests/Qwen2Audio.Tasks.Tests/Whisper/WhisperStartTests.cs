using System.Text.Json.Nodes;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks.Tests.Whisper;

/// <summary>Language and task: as people write them, and as generation_config.json sets them (ids: en 55, de 56, fr 57, translate 58, transcribe 59).</summary>
public sealed class WhisperStartTests
{
    public static TheoryData<string, string?, bool> Folders() => new()
    {
        { """{"language": "german"}""", "de", false },
        { """{"language": "<|de|>", "task": "translate"}""", "de", true },
        { """{"language": "DE", "task": "transcribe"}""", "de", false },
        { """{"task": "translate"}""", null, true },
        { """{"forced_decoder_ids": [[1, 57], [2, 58], [3, 62]]}""", "fr", true },
        { """{"forced_decoder_ids": [[2, 58], [1, 57]]}""", "fr", true },
        { """{"forced_decoder_ids": [[1, null], [2, 58]]}""", null, true },
        { """{"forced_decoder_ids": [[1, null], [2, 59]]}""", null, false },
        { """{"forced_decoder_ids": [[1, 57], [2, 58]], "language": "de"}""", "de", false }, // these are for where nothing else is said
        { """{"forced_decoder_ids": [[1, 57], [2, 59]], "task": "translate"}""", null, true },
        { """{"forced_decoder_ids": null, "language": null, "task": null}""", null, false },
        { """{"forced_decoder_ids": []}""", null, false },
    };

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_chooses_as_the_caller_can(string settings, string? language, bool translate)
    {
        using var tiny = new TinyWhisper();
        Transcription chosen, detected;
        using (var speech = LoadedWhisper.Load(tiny.Folder))
        {
            chosen = new WhisperTranscriber(speech, new WhisperOptions { Language = language, Translate = translate }).Transcribe(Noise());
            detected = new WhisperTranscriber(speech).Transcribe(Noise());
        }

        TinyWhisper.Edit(tiny.Folder, "generation_config.json", json => Add(json, settings));
        using var folder = LoadedWhisper.Load(tiny.Folder);
        var result = new WhisperTranscriber(folder).Transcribe(Noise());
        Assert.Equal((chosen.Text, chosen.Language, chosen.LanguageProbability), (result.Text, result.Language, result.LanguageProbability));
        Assert.Equal(language is null, result.LanguageProbability is not null);
        // the caller goes before the folder
        var again = new WhisperTranscriber(folder, new WhisperOptions { Language = "auto", Translate = false }).Transcribe(Noise());
        Assert.Equal((detected.Text, detected.Language, detected.LanguageProbability), (again.Text, again.Language, again.LanguageProbability));
        Assert.Equal(language ?? detected.Language, new WhisperClassifier(folder).Classify(Noise(), ["a", "b"]).Language);
    }

    [Fact]
    public void What_a_caller_says_takes_the_place_of_all_forced_tokens()
    {
        using var tiny = new TinyWhisper();
        using var plain = LoadedWhisper.Load(tiny.Folder);
        TinyWhisper.Edit(tiny.Folder, "generation_config.json", json => Add(json, """{"forced_decoder_ids": [[1, 57], [2, 58]]}"""));
        using var forced = LoadedWhisper.Load(tiny.Folder);
        var options = new WhisperOptions { Language = "en" };
        Assert.Equal(new WhisperTranscriber(plain, options).Transcribe(Noise()).Text, new WhisperTranscriber(forced, options).Transcribe(Noise()).Text);
    }

    [Fact]
    public void Forced_tokens_of_config_json_count_where_generation_config_json_has_none()
    {
        using var tiny = new TinyWhisper();
        TinyWhisper.Edit(tiny.Folder, "config.json", json => Add(json, """{"forced_decoder_ids": [[1, 57], [2, 59]]}"""));
        using (var speech = LoadedWhisper.Load(tiny.Folder)) Assert.Equal("fr", new WhisperTranscriber(speech).Transcribe(Noise()).Language);
        TinyWhisper.Edit(tiny.Folder, "generation_config.json", json => Add(json, """{"forced_decoder_ids": [[1, 56]]}"""));
        using (var speech = LoadedWhisper.Load(tiny.Folder)) Assert.Equal("de", new WhisperTranscriber(speech).Transcribe(Noise()).Language);
    }

    [Theory]
    [InlineData("""{"language": "klingon"}""", "$.language")]
    [InlineData("""{"language": 5}""", "$.language")]
    [InlineData("""{"language": "it"}""", "de, en, fr")]
    [InlineData("""{"task": "sing"}""", "$.task")]
    [InlineData("""{"forced_decoder_ids": 5}""", "$.forced_decoder_ids")]
    [InlineData("""{"forced_decoder_ids": [[1]]}""", "$.forced_decoder_ids")]
    [InlineData("""{"forced_decoder_ids": [[1, 55], [1, 56]]}""", "$.forced_decoder_ids")]
    [InlineData("""{"forced_decoder_ids": [[1, 55], [3, 62]]}""", "consecutive positions")]
    [InlineData("""{"forced_decoder_ids": [[1, 7]]}""", "a language of the model")]
    [InlineData("""{"forced_decoder_ids": [[1, 59], [2, 55]]}""", "a language of the model")]
    [InlineData("""{"forced_decoder_ids": [[1, 100000]]}""", "$.forced_decoder_ids")]
    public void What_the_model_does_not_have_is_refused_with_its_place(string settings, string expected)
    {
        using var tiny = new TinyWhisper();
        TinyWhisper.Edit(tiny.Folder, "generation_config.json", json => Add(json, settings));
        var error = Assert.Throws<ConfigException>(() => LoadedWhisper.Load(tiny.Folder));
        Assert.Contains("generation_config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "en")]
    [InlineData("EN", "en")]
    [InlineData(" English ", "en")]
    [InlineData("en-US", "en")]
    [InlineData("en_gb", "en")]
    [InlineData("<|en|>", "en")]
    [InlineData("zh-CN", "zh")]
    [InlineData("zh-Hant-TW", "zh")]
    [InlineData("Mandarin", "zh")]
    [InlineData("Haitian Creole", "ht")]
    [InlineData("es-419", "es")]
    [InlineData("iw", "he")]
    [InlineData("nb-NO", "no")]
    [InlineData("yue", "yue")]
    [InlineData("Cantonese", "yue")]
    [InlineData("auto", null)]
    [InlineData("AUTO", null)]
    [InlineData(null, null)]
    public void Languages_are_known_by_code_name_and_region(string? given, string? code) =>
        Assert.Equal(code, SpokenLanguage.Choose(given, ["en", "zh", "ht", "es", "he", "no", "yue"]));

    [Theory, InlineData(""), InlineData("Klingon"), InlineData("nl"), InlineData("en-"), InlineData("<|AUDIO|>"), InlineData("english-us"), InlineData("im_end")]
    public void Others_are_refused_with_those_that_there_are(string given) =>
        Assert.Contains("the model has de, en", Assert.Throws<OptionException>(() => SpokenLanguage.Choose(given, ["en", "de"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Forms_of_a_language_give_the_same_transcription()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var expected = new WhisperTranscriber(speech, new WhisperOptions { Language = "fr" }).Transcribe(Noise());
        foreach (var form in new[] { "French", "fr-CA", "FR" })
        {
            var result = new WhisperTranscriber(speech, new WhisperOptions { Language = form }).Transcribe(Noise());
            Assert.Equal(("fr", expected.Text), (result.Language, result.Text));
        }
    }

    private static void Add(JsonObject json, string settings)
    {
        foreach (var (name, value) in JsonNode.Parse(settings)!.AsObject()) json[name] = value?.DeepClone();
    }

    private static AudioClip Noise()
    {
        var random = new Random(3);
        return new AudioClip([.. Enumerable.Range(0, 32000).Select(_ => (random.NextSingle() - 0.5f) * 0.5f)], 16000, 1, []);
    }
}
