using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Tests.Whisper;
using Qwen2Audio.Tasks.Whisper;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Models of every kind from a source that is not a folder: results are the same, and messages name the source.</summary>
public sealed class ModelSourceTests
{
    private static readonly AnswerOptions Short = new() { MaxNewTokens = 6, Sample = false };

    [Fact]
    public void A_chat_answers_as_from_its_folder()
    {
        using var tiny = new TinyChat();
        var turns = new[] { ChatTurn.User([new AudioPart(), new TextPart("What is it?")]) };
        var clip = Sounds.Tone(1);
        using var folder = ChatModel.Load(tiny.Folder);
        using var hidden = ChatModel.Of(new HiddenFolder(tiny.Folder));
        Assert.Equal(folder.Reply(turns, [clip], Short).Text, hidden.Reply(turns, [clip], Short).Text);
        Assert.Equal(folder.Generation.EndTokens, hidden.Generation.EndTokens);
        Assert.Equal(HiddenFolder.Nowhere, hidden.Path);
    }

    [Fact]
    public void A_small_model_transcribes_as_from_its_folder()
    {
        using var tiny = new TinyModel();
        var clip = Sounds.Tone(2);
        using var folder = SpeechModel.Load(tiny.Folder);
        using var hidden = SpeechModel.Of(new HiddenFolder(tiny.Folder));
        var (one, other) = (new Transcriber(folder).Transcribe(clip), new Transcriber(hidden).Transcribe(clip));
        Assert.Equal((one.Text, one.SpeechProbability), (other.Text, other.SpeechProbability));
        Assert.Equal(folder.Info.Parameters, hidden.Info.Parameters);
    }

    [Fact]
    public void Whisper_transcribes_as_from_its_folder()
    {
        using var tiny = new TinyWhisper();
        var clip = Sounds.Tone(2);
        using var folder = LoadedWhisper.Load(tiny.Folder);
        using var hidden = LoadedWhisper.Of(new HiddenFolder(tiny.Folder));
        Assert.Equal(new WhisperTranscriber(folder).Transcribe(clip).Text, new WhisperTranscriber(hidden).Transcribe(clip).Text);
    }

    [Fact]
    public void What_is_wrong_names_the_source()
    {
        using var none = new TinyModel(change: folder => File.Delete(Path.Combine(folder, "preprocessor_config.json")));
        Assert.StartsWith($"{HiddenFolder.Nowhere}: ", Assert.Throws<ConfigException>(() => SpeechModel.Of(new HiddenFolder(none.Folder))).Message, StringComparison.Ordinal);
        using var small = new TinyChat();
        Assert.StartsWith($"{HiddenFolder.Nowhere}: ", Assert.Throws<NotSupportedException>(() => SpeechModel.Of(new HiddenFolder(small.Folder))).Message, StringComparison.Ordinal);
    }
}
