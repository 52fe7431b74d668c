using Qwen2Audio.Checkpoints.Punctuation;

namespace Qwen2Audio.Checkpoints.Tests;

public sealed class PunctuationFileTests
{
    private static PunctuationModel Model()
    {
        var (places, capitals, pauses) = (new sbyte[3 * 50], new sbyte[40], new sbyte[PunctuationModel.PauseKinds.Count * PunctuationModel.Marks]);
        for (var i = 0; i < places.Length; i += 7) places[i] = (sbyte)((i % 63) - 31);
        for (var i = 0; i < capitals.Length; i += 3) capitals[i] = (sbyte)(i - 20);
        for (var i = 0; i < pauses.Length; i++) pauses[i] = (sbyte)(i - 10);
        return new PunctuationModel(new WordForms(["I", "London", "mister Mr."]), [20, 31, -3], places, capitals, pauses, 0.3f);
    }

    [Fact]
    public void A_written_model_is_read_as_it_was()
    {
        using var folder = new TemporaryFolder();
        var model = Model();
        PunctuationFile.Write(folder["x.punctuation"], model);
        var read = PunctuationFile.Read(folder["x.punctuation"]);
        Assert.Equal(model.Forms.Lines, read.Forms.Lines);
        Assert.Equal(model.Usual, read.Usual);
        Assert.Equal(model.Pauses, read.Pauses);
        Assert.Equal(model.Step, read.Step);
        Assert.Equal(model.Places, read.Places);
        Assert.Equal(model.Capitals, read.Capitals);
    }

    [Fact]
    public void A_model_may_know_no_word_with_capitals()
    {
        using var folder = new TemporaryFolder();
        PunctuationFile.Write(folder["x.punctuation"], new PunctuationModel(new WordForms([]), [], new sbyte[3], new sbyte[1], new sbyte[PunctuationModel.PauseKinds.Count * PunctuationModel.Marks], 0.3f));
        Assert.Empty(PunctuationFile.Read(folder["x.punctuation"]).Forms.Lines);
    }

    [Fact]
    public void Every_cut_and_change_is_an_error_that_names_the_file_or_with_its_checksum_a_model()
    {
        using var folder = new TemporaryFolder();
        var whole = PunctuationFile.ToBytes(Model());
        var bytes = whole[..^4];
        for (var length = 0; length < bytes.Length; length++)
        {
            foreach (var cut in new[] { whole[..length], SealedFile.Seal(bytes.AsSpan(0, length)) })
            {
                var path = folder.Write("cut.punctuation", cut);
                Assert.Contains(path, Assert.Throws<CheckpointException>(() => PunctuationFile.Read(path)).Message, StringComparison.Ordinal);
            }
        }

        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var value in new byte[] { 0, 5, 0x7F, 0xFF })
            {
                var changed = bytes.ToArray();
                changed[at] = value;
                if (value != bytes[at]) Assert.Throws<CheckpointException>(() => PunctuationFile.Read(folder.Write("changed.punctuation", [.. changed, .. whole[^4..]])));
                var path = folder.Write("changed.punctuation", SealedFile.Seal(changed));
                try
                {
                    Assert.Equal(3, new Punctuator(PunctuationFile.Read(path)).Write(["i", "saw", "london"]).Length);
                }
                catch (CheckpointException error)
                {
                    Assert.Contains(path, error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Other_files_are_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("a punctuation model, from the command punctuation", Assert.Throws<CheckpointException>(() => PunctuationFile.Read(folder.Write("x.punctuation", "hello"))).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<CheckpointException>(() => PunctuationFile.Read(folder["missing.punctuation"])).Message, StringComparison.Ordinal);
        var old = PunctuationFile.ToBytes(Model());
        old["q2punctuation".Length] = 9;
        Assert.Contains("version 9", Assert.Throws<CheckpointException>(() => PunctuationFile.Read(folder.Write("old.punctuation", old))).Message, StringComparison.Ordinal);
    }
}
