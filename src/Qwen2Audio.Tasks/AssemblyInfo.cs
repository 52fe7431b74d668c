[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Qwen2Audio.Evaluation")]
[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Qwen2Audio.Tasks.Tests")]
[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Qwen2Audio.Fuzz")]
