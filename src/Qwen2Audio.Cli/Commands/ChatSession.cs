using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Cli.Commands;

/// <summary>A chat conversation: its turns so far, and the clips for the next turn.</summary>
internal sealed class ChatSession(ChatModel model, AnswerOptions options, string? system)
{
    private readonly List<ChatTurn> _turns = [];
    private readonly List<AudioClip> _clips = [];
    private int _pending;

    private string Commands => model.AcceptsAudio ? "/audio FILE, /new, /quit" : "/new, /quit";

    /// <summary>Adds clips, named by their files, to the next turn.</summary>
    public void AddClips(IReadOnlyList<(string File, AudioClip Clip)> clips)
    {
        if (clips.Count > 0 && !model.AcceptsAudio) throw new UsageException($"a {model.Kind} model takes no audio: --audio needs a Qwen2-Audio model.");
        // Refuse a clip that is too long now: in the conversation it would make every later turn fail.
        for (var i = 0; i < clips.Count; i++)
            if (clips[i].Clip.Seconds > model.WindowSeconds) throw new ClipLengthException(clips[i].File, _clips.Count + i + 1, clips[i].Clip.Seconds, model.WindowSeconds);
        _clips.AddRange(clips.Select(clip => clip.Clip));
        _pending += clips.Count;
    }

    /// <summary>Answers turns from standard input until it ends; an error in one turn does not end the conversation.</summary>
    /// <returns>0 on a terminal, otherwise the exit code of the first failure.</returns>
    public int Talk(bool interactive, CancellationToken cancellation)
    {
        var code = ExitCodes.Success;
        if (interactive) Console.Error.WriteLine($"{model.Kind}; {Commands}");
        while (true)
        {
            if (interactive) Console.Error.Write("> ");
            try
            {
                if (StandardInput.ReadLine() is not { } line || line.Trim() == "/quit") break;
                if (line.Trim().Length == 0) continue;
                Take(line, interactive, cancellation);
            }
            catch (Exception exception) when (Failure.Code(exception) is ExitCodes.BadInput or ExitCodes.Environment or ExitCodes.Usage)
            {
                var failed = Failure.Report(exception);
                if (code == ExitCodes.Success && !interactive) code = failed;
            }
        }

        if (_pending > 0) Warnings.Write($"{_pending} audio file(s) were added after the last turn and not used.");
        return code;
    }

    public void Ask(string text, bool json, CancellationToken cancellation)
    {
        var turns = _turns.ToList();
        if (turns.Count == 0 && system is not null) turns.Add(ChatTurn.System(system));
        turns.Add(ChatTurn.User([.. Enumerable.Repeat(new AudioPart(), _pending), new TextPart(text)]));
        using var run = model.Start(turns, _clips, options, cancellation);
        using (var progress = new PromptProgress(model))
        {
            foreach (var piece in run.Read(cancellation))
            {
                progress.Clear();
                if (!json) Console.Out.Write(TerminalText.Shown(piece));
            }
        }

        var reply = run.Reply;
        if (json && !cancellation.IsCancellationRequested)
            JsonOutput.WriteLine(new { reply.Text, reply.Ended, reply.PromptTokens, reply.NewTokens, warnings = reply.Warnings.Select(warning => warning.Text) });
        else if (!json) Console.Out.WriteLine();
        foreach (var warning in reply.Warnings) Warnings.Write(warning.Text);
        _turns.Clear();
        _turns.AddRange(turns);
        _turns.Add(ChatTurn.Assistant(reply.Text));
        _pending = 0;
    }

    private void Take(string line, bool interactive, CancellationToken cancellation)
    {
        var (command, rest) = line.Trim().Split(' ', 2) is [var first, var second] ? (first, second.Trim()) : (line.Trim(), "");
        if (command == "/audio" && rest.Length > 0)
        {
            var file = rest.Length > 1 && rest[0] is '"' or '\'' && rest[^1] == rest[0] && !File.Exists(rest) ? rest[1..^1] : rest;
            AddClips([(file, AudioFile.Read(file))]);
        }
        else if (command == "/new" && rest.Length == 0) Forget();
        else if (line.StartsWith('/')) throw new UsageException($"{command} is not a command; the commands are {Commands}.");
        else if (interactive) AskInterruptibly(line, cancellation);
        else
        {
            Ask(line, json: false, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private void AskInterruptibly(string text, CancellationToken cancellation)
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Interruption.OnCtrlC = interrupt.Cancel;
        try
        {
            Ask(text, json: false, interrupt.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Ended before the first word: the turn is not added to the conversation.
        }
        finally
        {
            Interruption.OnCtrlC = null;
        }

        cancellation.ThrowIfCancellationRequested();
        if (interrupt.IsCancellationRequested) Console.Error.WriteLine("(interrupted)");
    }

    private void Forget()
    {
        _turns.Clear();
        _clips.Clear();
        _pending = 0;
    }
}
