using System.Text.Json.Nodes;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Tests.Whisper;
using Qwen2Audio.Tasks.Whisper;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Settings of a folder take effect, are rejected as contradictory, or are named in a warning; none is ignored silently.</summary>
public sealed class ModelPartsTests
{
    private static readonly ChatTurn[] Hello = [ChatTurn.User("Hello")];
    private static readonly string All = string.Join(",", Enumerable.Range(0, 1792));

    [Fact]
    public void End_tokens_are_those_of_config_json_where_generation_config_json_has_none()
    {
        using var tiny = new TinyChat(change: config => config["text_config"]!["eos_token_id"] = new JsonArray(5, 9000));
        using (var model = ChatModel.Load(tiny.Folder)) Assert.Equal([5], model.EndTokens());
        Put(tiny, "generation_config.json", """{"do_sample": false}""");
        using (var model = ChatModel.Load(tiny.Folder)) Assert.Equal([5], model.EndTokens());
        Put(tiny, "generation_config.json", """{"eos_token_id": 7}""");
        using (var model = ChatModel.Load(tiny.Folder)) Assert.Equal([7], model.EndTokens());
        using var plain = new TinyChat(acceptsAudio: false);
        using (var model = ChatModel.Load(plain.Folder)) Assert.Equal([1758, 1756], model.EndTokens());
    }

    [Theory]
    [InlineData("suppress_tokens", "$.suppress_tokens")]
    [InlineData("begin_suppress_tokens", "$.begin_suppress_tokens")]
    public void A_folder_that_forbids_every_token_is_refused(string name, string place)
    {
        using var tiny = new TinyChat(acceptsAudio: false);
        Put(tiny, "generation_config.json", $$"""{"{{name}}": [{{All}}]}""");
        Assert.Contains(place, Assert.Throws<ConfigException>(() => ChatModel.Load(tiny.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_no_token_may_follow_says_so()
    {
        using var tiny = new TinyChat(acceptsAudio: false);
        Put(tiny, "generation_config.json", $$"""{"bad_words_ids": [{{string.Join(",", Enumerable.Range(0, 1792).Select(id => $"[5, {id}]"))}}], "suppress_tokens": [{{string.Join(",", Enumerable.Range(0, 1792).Where(id => id != 5))}}]}""");
        using var model = ChatModel.Load(tiny.Folder);
        Assert.Contains("suppressed", Assert.Throws<NoTokenLeftException>(() => model.Reply(Hello)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Max_length_counts_the_prompt_and_no_tokens_at_all_are_refused()
    {
        using var tiny = new TinyChat(acceptsAudio: false);
        Put(tiny, "generation_config.json", """{"max_length": 60, "suppress_tokens": [1756, 1758]}""");
        using (var model = ChatModel.Load(tiny.Folder))
        {
            var reply = model.Reply(Hello);
            Assert.Equal(60, reply.PromptTokens + reply.NewTokens);
            var full = Assert.Throws<ContextLengthException>(() => model.Reply([ChatTurn.User(string.Concat(Enumerable.Repeat("one two ", 60)))]));
            Assert.Contains("/new", full.Message, StringComparison.Ordinal);
            foreach (var none in new[] { 0, -1 })
                Assert.Contains($"MaxNewTokens is {none}", Assert.Throws<OptionException>(() => model.Reply(Hello, options: new AnswerOptions { MaxNewTokens = none })).Message, StringComparison.Ordinal);
        }

        Put(tiny, "generation_config.json", """{"max_new_tokens": 0}""");
        Assert.Contains("$.max_new_tokens", Assert.Throws<ConfigException>(() => ChatModel.Load(tiny.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_into_the_context_is_told_how_much_would()
    {
        using var tiny = new TinyChat(acceptsAudio: false);
        using var model = ChatModel.Load(tiny.Folder);
        var error = Assert.Throws<ContextLengthException>(() => model.Reply(Hello, options: new AnswerOptions { MaxNewTokens = 5000 }));
        Assert.Contains($"at most {2048 - error.PromptTokens} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sound_too_short_for_the_encoder_is_not_put_to_the_model()
    {
        using var tiny = new TinyChat();
        using var model = ChatModel.Load(tiny.Folder);
        var transcription = new PromptTranscriber(model).Transcribe(new AudioClip([0.5f], 16000, 1, []));
        Assert.Empty(transcription.Words);
        Assert.Contains(transcription.Warnings, warning => warning.Code == "too-short");
    }

    [Theory]
    [InlineData("""{"no_timestamps_token_id": 61}""", "$.no_timestamps_token_id")]
    [InlineData("""{"task_to_id": {"transcribe": 5}}""", "$.task_to_id.transcribe")]
    [InlineData("""{"lang_to_id": {"<|en|>": 56}}""", "$.lang_to_id.<|en|>")]
    [InlineData("""{"temperature": 0.5}""", "$.temperature")]
    [InlineData("""{"suppress_tokens": [53]}""", "$.suppress_tokens")]
    [InlineData("""{"suppress_tokens": [0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52]}""", "$.suppress_tokens")]
    public void Whispers_settings_that_contradict_its_tokenizer_or_forbid_everything_are_refused(string settings, string place)
    {
        using var tiny = new TinyWhisper(change: folder => File.WriteAllText(Path.Combine(folder, "generation_config.json"), settings));
        Assert.Contains(place, Assert.Throws<ConfigException>(() => LoadedWhisper.Load(tiny.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whisper_whose_tokenizer_lacks_control_tokens_or_timestamps_is_refused()
    {
        using var few = new TinyWhisper(change: folder => TinyWhisper.Edit(folder, "added_tokens.json", json =>
        {
            for (var i = 9; i < TinyWhisper.Timestamps; i++) json.Remove(FormattableString.Invariant($"<|{i * 0.02:0.00}|>"));
        }));
        Assert.Contains("9 tokens after <|notimestamps|>", Assert.Throws<TokenizerFileException>(() => LoadedWhisper.Load(few.Folder)).Message, StringComparison.Ordinal);
        using var none = new TinyWhisper(change: folder => File.Delete(Path.Combine(folder, "added_tokens.json")));
        Assert.Contains("tokenizer_config.json", Assert.Throws<TokenizerFileException>(() => LoadedWhisper.Load(none.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whisper_without_generation_settings_tells_languages_where_its_tokenizer_has_several()
    {
        using var tiny = new TinyWhisper(change: folder => File.Delete(Path.Combine(folder, "generation_config.json")));
        using var speech = LoadedWhisper.Load(tiny.Folder);
        Assert.Equal(["de", "en", "fr"], speech.Tokens.Languages.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_prompt_of_whisper_that_is_cut_is_said_to_be()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var transcription = new WhisperTranscriber(speech, new WhisperOptions { Prompt = new string('a', 100) }).Transcribe(Sounds.Tone(1));
        Assert.Contains("the last 31", Assert.Single(transcription.Warnings, warning => warning.Code == "prompt-cut").Text, StringComparison.Ordinal);
        Assert.DoesNotContain(new WhisperTranscriber(speech, new WhisperOptions { Prompt = "abc" }).Transcribe(Sounds.Tone(1)).Warnings, warning => warning.Code == "prompt-cut");
    }

    private static void Put(TinyChat tiny, string name, string text) => File.WriteAllText(Path.Combine(tiny.Folder, name), text);
}
