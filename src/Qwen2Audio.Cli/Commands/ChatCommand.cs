using System.CommandLine;
using Qwen2Audio.Audio;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Tasks;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Cli.Commands;

/// <summary>chat --model DIR [--audio FILE]…</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model();
        model.Description = "Folder of a Qwen2, Qwen2-MoE or Qwen2-Audio model, or its name in the download cache.";
        model.Required = true;
        var adapter = CommonOptions.Adapter();
        var audio = new Option<string[]>("--audio", "-a") { Description = "Audio files for the first turn.", HelpName = "FILE", DefaultValueFactory = _ => [] };
        var prompt = new Option<string?>("--prompt", "-p") { Description = "The first turn; with it one answer is given, without it turns are read from the terminal.", HelpName = "TEXT" };
        var system = new Option<string?>("--system") { Description = "Instructions to the model.", HelpName = "TEXT" };
        var tokens = CommonOptions.Number("--max-tokens", "Tokens of an answer at most.", 1, 1_000_000);
        var temperature = CommonOptions.Number("--temperature", "Draws at random, logits divided by this; 0: always the most probable token.", 0.0, 100.0);
        var topP = CommonOptions.Number("--top-p", "Draws from the most probable tokens with this much of the probability.", 1e-6, 1.0);
        var topK = CommonOptions.Number("--top-k", "Draws from so many of the most probable tokens; 0: all.", 0, 1_000_000);
        var minP = CommonOptions.Number("--min-p", "Draws only from tokens with this share of the largest probability at least.", 0.0, 1.0);
        var penalty = CommonOptions.Number("--repetition-penalty", "Logits of tokens that occurred are divided by this; 1: off.", 1e-6, 100.0);
        var stop = new Option<string[]>("--stop") { Description = "Text that ends an answer.", HelpName = "TEXT", DefaultValueFactory = _ => [] };
        var seed = CommonOptions.Number("--seed", "The same seed gives the same answers.", 0, int.MaxValue, 0);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var check = CommonOptions.CheckWeights();
        var template = CommonOptions.Template();
        var command = new Command("chat",
            """
            Talks with a published model. In a conversation, /audio FILE adds a clip to the next turn, /new begins anew, /quit ends;
            Ctrl-C ends an answer. Settings that are not given are those of the model's generation_config.json.

            Examples:
              qwen2audio chat --model Qwen/Qwen2-Audio-7B-Instruct
              qwen2audio chat --model Qwen/Qwen2-Audio-7B-Instruct --audio clip.wav --prompt "What do you hear?"
            """)
        {
            model, adapter, audio, prompt, system, tokens, temperature, topP, topK, minP, penalty, stop, seed, threads, json, check, template,
        };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(json) && parsed.GetValue(prompt) is null) throw new UsageException("--json needs --prompt.");
            var options = new AnswerOptions
            {
                MaxNewTokens = parsed.GetValue(tokens),
                Sample = parsed.GetValue(temperature) is { } t ? t > 0 : null,
                Temperature = parsed.GetValue(temperature) is > 0 and var warm ? warm : null,
                TopP = parsed.GetValue(topP),
                TopK = parsed.GetValue(topK),
                MinP = parsed.GetValue(minP),
                RepetitionPenalty = parsed.GetValue(penalty),
                StopStrings = parsed.GetValue(stop)!,
                Seed = (ulong)parsed.GetValue(seed),
            };
            var clips = parsed.GetValue(audio)!.Select(file => AudioFile.Read(file)).ToList();
            using var chat = ChatModel.Load(CommonOptions.ModelFolder(parsed.GetValue(model)), new AudioModelOptions
            {
                Threads = parsed.GetValue(threads),
                CheckWeights = parsed.GetValue(check),
                Adapter = CommonOptions.AdapterFolder(parsed.GetValue(adapter)),
            }, CommonOptions.Template(parsed.GetValue(template)));
            var conversation = new Conversation(chat, options, parsed.GetValue(system));
            conversation.AddClips(clips);
            if (parsed.GetValue(prompt) is not { } question) return Task.FromResult(conversation.Talk(Console.In, !Console.IsInputRedirected));
            conversation.Ask(question, parsed.GetValue(json), cancellation);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    /// <summary>Turns so far, and the clips of the next one.</summary>
    private sealed class Conversation(ChatModel model, AnswerOptions options, string? system)
    {
        private readonly List<ChatTurn> _turns = [];
        private readonly List<AudioClip> _clips = [];
        private int _pending;

        public void AddClips(IReadOnlyList<AudioClip> clips)
        {
            if (clips.Count > 0 && !model.HearsAudio) throw new UsageException($"a {model.Kind} model does not hear: --audio needs a Qwen2-Audio model.");
            // one that is too long is refused now: within the conversation it would spoil every later turn
            for (var i = 0; i < clips.Count; i++)
                if (clips[i].Seconds > model.WindowSeconds) throw new ClipLengthException(_clips.Count + i + 1, clips[i].Seconds, model.WindowSeconds);
            _clips.AddRange(clips);
            _pending += clips.Count;
        }

        public int Talk(TextReader input, bool interactive)
        {
            if (interactive) Console.Error.WriteLine($"{model.Kind}; /audio FILE, /new, /quit");
            while (true)
            {
                if (interactive) Console.Error.Write("> ");
                if (input.ReadLine() is not { } line || line.Trim() == "/quit") return ExitCodes.Success;
                if (line.Trim().Length == 0) continue;
                try
                {
                    if (line.StartsWith("/audio ", StringComparison.Ordinal)) AddClips([AudioFile.Read(line["/audio ".Length..].Trim())]);
                    else if (line.Trim() == "/new") Forget();
                    else if (line.StartsWith('/')) Console.Error.WriteLine("/audio FILE, /new and /quit are known");
                    else AskInterruptibly(line);
                }
                catch (Exception exception) when (interactive && Failure.Code(exception) is ExitCodes.BadInput or ExitCodes.Environment or ExitCodes.Usage)
                {
                    Failure.Report(exception);
                }
            }
        }

        public void Ask(string text, bool json, CancellationToken cancellation)
        {
            var turns = _turns.ToList();
            if (turns.Count == 0 && system is not null) turns.Add(ChatTurn.System(system));
            turns.Add(ChatTurn.User([.. Enumerable.Repeat(new AudioPart(), _pending), new TextPart(text)]));
            using var run = model.Start(turns, _clips, options, cancellation);
            foreach (var piece in run.Read(cancellation))
                if (!json) Console.Out.Write(Plain.Shown(piece));
            var reply = run.Reply;
            if (json) JsonOutput.WriteLine(new { reply.Text, reply.Ended, reply.PromptTokens, reply.NewTokens, warnings = reply.Warnings.Select(warning => warning.Text) });
            else Console.Out.WriteLine();
            foreach (var warning in reply.Warnings) Console.Error.WriteLine($"warning: {Plain.Message(warning.Text)}");
            _turns.Clear();
            _turns.AddRange(turns);
            _turns.Add(ChatTurn.Assistant(reply.Text));
            _pending = 0;
        }

        private void AskInterruptibly(string text)
        {
            using var interrupt = new CancellationTokenSource();
            Interruption.Instead = interrupt.Cancel;
            try
            {
                Ask(text, json: false, interrupt.Token);
            }
            finally
            {
                Interruption.Instead = null;
            }
        }

        private void Forget()
        {
            _turns.Clear();
            _clips.Clear();
            _pending = 0;
        }
    }
}
